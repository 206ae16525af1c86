import type { RunOrder } from "../events/types/playbook.ts";
import type { Outcome, Rollback } from "../events/vocabulary.ts";
import type { Json } from "../kernel/json.ts";
import type { Deadline, Heard } from "./hearing.ts";
import { announce, type Output } from "./output.ts";

export type RemediationEvent =
  | Heard<
      | "run.prechecked"
      | "approval.decided"
      | "run.step_started"
      | "run.step_completed"
      | "run.probed"
      | "run.undo_started"
      | "run.undo_completed"
      | "reactor.paused"
      | "reactor.resumed"
      | "engine.started"
    >
  | Deadline<"settle" | "probe" | "validation">;

/** A step that was done, and what its undo needs. */
export interface DoneStep {
  readonly index: number;
  readonly before: Json | undefined;
}

export interface RemediationContext {
  readonly order: RunOrder;
  readonly paused: boolean;
  /** The step at hand while executing. */
  readonly step: number;
  /** How often the step or undo at hand was begun: the next try bears the next number, whichever engine makes it. */
  readonly tries: number;
  /** True between the journaled start of the step at hand and its completion. */
  readonly begun: boolean;
  readonly beganBefore: Json | undefined;
  /** The end of an engine cut the step at hand off after it had begun: it may have left traces. */
  readonly cutOff: boolean;
  readonly done: readonly DoneStep[];
  readonly failedStep: string | undefined;
  readonly passed: number;
  readonly probes: number;
  readonly unreadable: number;
  readonly outcome: Outcome | undefined;
  readonly reason: string;
  readonly residue: readonly string[];
  readonly undone: number;
}

/** A run before anything happened. */
export const unbegun: Omit<RemediationContext, "order" | "paused"> = {
  step: 0,
  tries: 0,
  begun: false,
  beganBefore: undefined,
  cutOff: false,
  done: [],
  failedStep: undefined,
  passed: 0,
  probes: 0,
  unreadable: 0,
  outcome: undefined,
  reason: "",
  residue: [],
  undone: 0,
};

export interface StepEffect {
  readonly order: RunOrder;
  readonly step: number;
  /** The number of this try, from 1. */
  readonly attempt: number;
}
export interface UndoEffect extends StepEffect {
  readonly before: Json;
}
export interface ProbeEffect {
  readonly order: RunOrder;
  readonly probe: number;
}

const subjectOf = ({ order }: RemediationContext) => ({ subject: `run/${order.runId}` });
export const stepKey = (order: RunOrder, step: number) => `${order.runId}/step/${step}`;
export const undoKey = (order: RunOrder, step: number) => `${order.runId}/undo/${step}`;

export function approvalRequest(context: RemediationContext): Output {
  const { runId, playbookId, target, planHash, targetVersion, plan, approvalExpiresAtMs } = context.order;
  const request = {
    approvalId: `approval-${runId}`,
    runId,
    playbookId,
    target,
    planHash,
    targetVersion,
    risk: plan.risk,
    why: plan.riskWhy,
    expiresAtMs: approvalExpiresAtMs,
    proposedBy: "engine",
  };
  return announce("approval.requested", request, { ...subjectOf(context), key: request.approvalId });
}

export function executed(context: RemediationContext): Output {
  const { runId, playbookId, target, mode } = context.order;
  const ok = context.failedStep === undefined;
  const told = { runId, playbookId, target, ok, steps: context.done.length, rehearsed: mode === "rehearse" };
  return announce("playbook.executed", told, { ...subjectOf(context), key: `${runId}/executed` });
}

export function settled(context: RemediationContext, outcome: Outcome, reason: string, rollback: Rollback): Output {
  const { runId, playbookId, target, trigger, via, mode, fingerprint, lessonId, agentId, taskId, plan } = context.order;
  const { next, after } = context.order;
  return announce(
    "playbook.settled",
    {
      runId,
      playbookId,
      target,
      trigger,
      outcome,
      rollback,
      reason,
      via,
      rehearsed: mode === "rehearse",
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(lessonId === undefined ? {} : { lessonId }),
      ...(agentId === undefined ? {} : { agentId }),
      ...(taskId === undefined ? {} : { taskId }),
      residue: [...context.residue],
      settleMs: plan.validation.settleMs,
      ...(next === undefined ? {} : { next }),
      ...(after === undefined ? {} : { after }),
    },
    { ...subjectOf(context), severity: outcome === "fixed" ? "info" : "warning", key: `${runId}/settled` },
  );
}

/** The newest done step that can be undone and was not yet. */
export function nextUndo(context: RemediationContext): DoneStep | undefined {
  const reversible = context.done.filter(
    ({ index, before }) => context.order.plan.steps[index]?.reversible === true && before !== undefined,
  );
  return reversible[reversible.length - 1 - context.undone];
}

export function rollbackWord(context: RemediationContext): Rollback {
  if (context.residue.length > 0) return "residue";
  return context.undone > 0 ? "rolled_back" : "none";
}
