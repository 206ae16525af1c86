import { remediationActors } from "../../../../src/actors/remediation.ts";
import type { RunOrder } from "../../../../src/events/types/playbook.ts";
import type { RemediationContext } from "../../../../src/machines/remediation-run.ts";
import { AT, comes, type Model, restarted, says } from "./model.ts";
import { runId, target, trigger } from "./run.ts";

export function order(plan: Partial<RunOrder["plan"]> = {}, mode: RunOrder["mode"] = "live"): RunOrder {
  const step = {
    action: "write_file",
    params: {},
    onFailure: "stop",
    risk: "low",
    reversible: true,
    idempotent: true,
    says: "write it",
    agents: [],
  } as const;
  return {
    runId,
    playbookId: "p",
    target,
    trigger,
    via: "trigger",
    mode,
    priority: "P2",
    planHash: "hash",
    targetVersion: "-",
    why: [],
    approvalExpiresAtMs: AT + 99_000,
    plan: {
      playbookHash: "h",
      prechecks: [],
      steps: [
        { ...step, agents: [] },
        { ...step, agents: [], idempotent: false },
      ],
      validation: { check: "c", params: {}, settleMs: 100, intervalMs: 50, probes: 3, required: 2, timeoutMs: 1_000 },
      rollback: true,
      risk: "low",
      riskWhy: [],
      needsApproval: false,
      grants: [],
      ...plan,
    },
  };
}

export function remediationModel(one: RunOrder): Model {
  const head = (step: number) => ({ runId, step, action: "write_file", key: `${runId}/step/${step}` });
  const decided = (decision: "approved" | "rejected") =>
    says("approval.decided", { approvalId: "a", runId, decision, by: "me", planHash: "hash", reason: "r" }, decision);
  const done = (step: number, ok: boolean) =>
    says("run.step_completed", { ...head(step), ok, detail: "it ended" }, ` ${step} ${ok}`);
  const probed = (ok: boolean | null) =>
    says("run.probed", { runId, probe: 1, ok, reading: null, detail: "read" }, ` ${ok}`);
  // Nothing of it is used: the machine runs without its effects.
  const { perform: _, ...kind } = remediationActors(undefined as never);
  return {
    kind,
    name: runId,
    birth: { type: "playbook.matched", data: one },
    steps: [
      says("run.prechecked", { runId, ok: true, checks: [] }, " true"),
      says("run.prechecked", { runId, ok: false, checks: [] }, " false"),
      decided("approved"),
      decided("rejected"),
      says("run.step_started", { ...head(0), attempt: 1, before: "old" }),
      done(0, true),
      done(0, false),
      probed(true),
      probed(false),
      probed(null),
      says("run.undo_started", head(0)),
      says("run.undo_completed", { ...head(0), ok: true, same: true, detail: "undone" }),
      says("reactor.paused", { by: "me", reason: "wait" }),
      says("reactor.resumed", { by: "me" }),
      restarted,
      comes("settle"),
      comes("probe"),
      comes("validation"),
    ],
    seen: ({ value, context }) => {
      const {
        paused,
        step,
        begun,
        done: steps,
        failedStep,
        passed,
        probes,
        unreadable,
        outcome,
        undone,
      } = context as RemediationContext;
      const unread = Math.min(unreadable, 1);
      return JSON.stringify([
        value,
        paused,
        step,
        begun,
        steps.length,
        failedStep,
        passed,
        probes,
        unread,
        outcome,
        undone,
      ]);
    },
  };
}
