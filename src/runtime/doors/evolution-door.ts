import type { ImprovementRow } from "../../actors/views/evolution.ts";
import { suggestions } from "../../domain/suggestion.ts";
import { TRIAL } from "../../domain/trial.ts";
import type { EvolutionDoor } from "../../http/deps.ts";
import { type Principal, principalName } from "../../http/principals.ts";
import type { SuggestionView } from "../../http/shapes/knowledge.ts";
import { pause } from "../../kernel/clock.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Runtime } from "../../runtime.ts";
import { approvalsDoor } from "./approvals-door.ts";

const ASKED_MS = 5_000;

/** Improvements that are or were tried, and what only a person could do. */
export function evolutionDoor(runtime: Runtime): EvolutionDoor {
  const { views, ports, bus } = runtime;
  const approvals = approvalsDoor(runtime);
  const show = (row: ImprovementRow) => improvementView(row, runtime);
  const known = (id: string): ImprovementRow => {
    const row = views.evolution.get(id);
    if (row === undefined) throw new AiosError("conflict", `${id} is a suggestion: only a person can carry it out`);
    return row;
  };
  const list = (): readonly SuggestionView[] =>
    [...views.evolution.list().map(show), ...suggested()].sort((a, b) => b.atMs - a.atMs);
  return {
    list,
    get: (id) => list().find((one) => one.id === id),
    async order(id, order, reason, by) {
      const row = known(id);
      if (order === "rollback") await takeBack(row, reason, by);
      else await decide(row, order, reason, by);
      return show(known(id));
    },
  };

  /** Where a time limit is being tried, nobody needs to be told to try one. */
  function suggested(): readonly SuggestionView[] {
    const tried = new Set(views.evolution.list().map(({ proposal: { kind, agentId } }) => `${kind}-${agentId}`));
    const observed = {
      nowMs: ports.clock.now(),
      failures: views.failures.list(),
      tasks: views.tasks.list(),
      agents: views.agents.list().map(({ id, spec }) => ({ id, kind: spec.kind })),
    };
    return suggestions(observed)
      .filter(({ id }) => !tried.has(id))
      .map((one) => ({ ...one, evidence: [...one.evidence] }));
  }

  async function decide(row: ImprovementRow, order: "approve" | "reject", reason: string | undefined, by: Principal) {
    const { improvementId, planHash } = row.proposal;
    if (row.state !== "asking")
      throw new AiosError("conflict", `${improvementId} asks for nothing: it is ${row.state}`);
    await asked(row, runtime);
    const decision = order === "approve" ? "approved" : "rejected";
    const input = { planHash, ...(reason === undefined ? {} : { reason }) };
    await approvals.decide(approvalOf(row), decision, input, by);
  }

  async function takeBack(row: ImprovementRow, reason: string | undefined, by: Principal): Promise<void> {
    const { improvementId, agentId } = row.proposal;
    if (row.state !== "shadowing" && row.state !== "trying" && row.state !== "kept")
      throw new AiosError("conflict", `${improvementId} is ${row.state}: only what is tried or kept can be taken back`);
    const person = principalName(by);
    await bus.publish({
      type: "evolution.rollback_requested",
      subject: `agent/${agentId}`,
      principal: person,
      idempotencykey: `evolution.rollback_requested:${improvementId}`,
      data: { improvementId, agentId, by: person, reason: reason ?? "a person asked" },
    });
  }
}

/**
 * Resolves once an improvement's question is in the journal: it follows its proposal, and a person may be quicker than
 * the journal. Throws `busy` where it is not there within `ASKED_MS`.
 */
async function asked(row: ImprovementRow, { bus, views, ports }: Runtime): Promise<void> {
  const id = approvalOf(row);
  if (views.approvals.get(id) !== undefined) return;
  const heard = new AbortController();
  const told = bus.stream({ topic: "approval.requested" }).subscribe(() => {
    if (views.approvals.get(id) !== undefined) heard.abort();
  });
  await pause(ports.clock, ASKED_MS, heard.signal);
  told.unsubscribe();
  if (!heard.signal.aborted)
    throw new AiosError("busy", `the question about ${row.proposal.improvementId} is not in the journal yet`);
}

function approvalOf({ proposal }: ImprovementRow): string {
  return `approval-${proposal.improvementId}`;
}

function improvementView(row: ImprovementRow, { views }: Runtime): SuggestionView {
  const { proposal, state, blocks, lead, difference, interference, outcome, same, changedAtMs } = row;
  const { improvementId, kind, title, reason, agentId, risk, patch, evidence, fingerprint } = proposal;
  const tried = state !== "asking" && state !== "rejected" && state !== "shadowing" && outcome !== "shadow";
  const approval = proposal.asks ? views.approvals.get(approvalOf(row)) : undefined;
  const rate = (arm: "control" | "candidate") =>
    blocks.length === 0 ? null : blocks.filter((block) => block[arm]).length / blocks.length;
  return {
    id: improvementId,
    kind,
    title,
    detail: reason,
    agent: agentId,
    risk,
    state,
    patch,
    evidence: [...evidence],
    fingerprint,
    control: proposal.control,
    candidate: proposal.candidate,
    from: proposal.from,
    ...(tried
      ? {
          trial: {
            blocks: blocks.length,
            most: kind === "quarantine" ? proposal.past.length : TRIAL.blocks,
            control: rate("control"),
            candidate: rate("candidate"),
            lead,
            difference,
            interference,
          },
        }
      : {}),
    shadow: proposal.shadow && row.shadow && { ...row.shadow, most: proposal.shadow.tasks },
    outcome,
    restored: same,
    approval: approval?.state === "waiting" ? approval.id : undefined,
    atMs: changedAtMs,
  };
}
