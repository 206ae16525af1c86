import { effectsOfRun } from "../../actors/views/ledger.ts";
import { leftOf } from "../../actors/views/left-behind.ts";
import { explainRun, type RunRow } from "../../actors/views/run-row.ts";
import type { Reading } from "../../http/deps.ts";
import type { RunView } from "../../http/shapes/remedy.ts";
import { toJson } from "../../kernel/json.ts";
import type { Runtime } from "../../runtime.ts";

export function runsDoor({ views }: Runtime): Reading<RunView> {
  return {
    list: () => views.runs.list().map(runView),
    get: (id) => {
      const row = views.runs.get(id);
      return row === undefined ? undefined : runView(row);
    },
  };
}

/** A run as the doors show it. */
export function runView(row: RunRow): RunView {
  const { id, playbook, target, state, outcome, rollback, reason, via, mode, trigger, plan, planHash } = row;
  const { agent, task, fingerprint, lesson, approval, startedAtMs, settledAtMs } = row;
  return {
    id,
    playbook,
    target,
    state,
    outcome,
    rollback,
    reason,
    via,
    mode,
    trigger,
    plan: toJson(plan) ?? null,
    planHash,
    why: [...explainRun(row)],
    steps: row.steps.map(
      ({ step, action, says, state: stands, detail, evidence, same, startedAtMs: from, endedAtMs }) => ({
        step,
        action,
        says,
        state: stands,
        detail,
        evidence,
        same,
        startedAtMs: from,
        endedAtMs,
      }),
    ),
    evidence: row.evidence.map((one) => ({ ...one })),
    residue: [...row.residue],
    left: [...leftOf(row)],
    effects: effectsOfRun(row).map((one) => ({ ...one })),
    agent,
    task,
    fingerprint,
    lesson,
    approval,
    next: row.next,
    after: (row.after ?? []).map((step) => ({ ...step })),
    sequel: row.sequel,
    startedAtMs,
    settledAtMs,
  };
}
