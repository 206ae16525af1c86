import type { Answer } from "../domain/playbook/answer.ts";
import type { AnyEvent, Cause, EngineDraft, EventOf } from "../events/envelope.ts";
import type { Decided } from "../events/types/playbook.ts";
import type { Target } from "../kernel/target.ts";

/** What a decision says. */
export type Telling = Extract<EngineDraft, { readonly type: Told }>;
type Told = "playbook.relapsed" | "playbook.matched" | "playbook.suppressed" | "playbook.settled";

/** What was concluded for one playbook, as the journal says it; concluded twice it stands there once. */
export function answerTold(one: Answer, trigger: AnyEvent, cause: Cause, decided: Decided): Telling {
  const runId = one.kind === "run" ? one.order.runId : one.runId;
  const head = { subject: `run/${runId}`, cause, idempotencykey: `react:${runId}` };
  if (one.kind === "run") return { ...head, type: "playbook.matched", data: { ...one.order, decided } };
  const { target, reason, rule, chain } = one;
  const about = {
    runId,
    playbookId: rule.playbook.id,
    target,
    trigger: { id: trigger.id, sequence: trigger.sequence, type: trigger.type, at: trigger.at },
    decided,
    reason,
    ...chain,
  };
  if (one.kind === "suppressed") {
    const { detail, planHash, agentId } = one;
    const plan = planHash === undefined ? {} : { planHash };
    const agent = agentId === undefined ? {} : { agentId };
    return { ...head, type: "playbook.suppressed", data: { ...about, detail, ...agent, ...plan } };
  }
  const { via, rehearsed } = one;
  const end = { outcome: "refused", rollback: "none", residue: [], settleMs: 0 } as const;
  return {
    ...head,
    type: "playbook.settled",
    severity: "warning",
    data: { ...about, ...end, residue: [], via, rehearsed },
  };
}

/** The next playbook of a chain cannot go on at all, and why; the chain ends there. */
export function linkCut(
  { data, id, correlationid, depth }: EventOf<"playbook.settled">,
  cut: {
    readonly runId: string;
    readonly playbookId: string;
    readonly after: EventOf<"playbook.suppressed">["data"]["after"];
    readonly detail: string;
  },
  decided: Decided,
): Telling {
  const { runId, playbookId, after, detail } = cut;
  const { target, trigger, agentId, fingerprint } = data;
  const agent = agentId === undefined ? {} : { agentId };
  const print = fingerprint === undefined ? {} : { fingerprint };
  return {
    type: "playbook.suppressed",
    subject: `run/${runId}`,
    cause: { id, correlationid, depth },
    idempotencykey: `react:${runId}`,
    data: { runId, playbookId, target, trigger, decided, reason: "chain_cut", detail, after, ...agent, ...print },
  };
}

/** A verified fix whose trigger came back too soon. */
export interface Fix {
  readonly runId: string;
  readonly playbookId: string;
  /** The playbook that its chain began with, or it itself. */
  readonly head?: string;
  readonly target: Target;
  readonly settledAtMs: number;
  readonly settleMs: number;
  readonly settled: EventOf<"playbook.settled">;
}

export function relapseTold({ runId, playbookId, target, settled }: Fix, again: AnyEvent): Telling {
  const { fingerprint, lessonId, agentId } = settled.data;
  return {
    type: "playbook.relapsed",
    subject: `run/${runId}`,
    cause: again,
    idempotencykey: `playbook.relapsed:${runId}`,
    data: {
      runId,
      playbookId,
      target,
      again: again.id,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(lessonId === undefined ? {} : { lessonId }),
      ...(agentId === undefined ? {} : { agentId }),
    },
  };
}
