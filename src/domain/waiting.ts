import type { Cause } from "../events/envelope.ts";
import type { TaskSpec } from "../events/types/task.ts";
import type { Decision } from "../events/vocabulary.ts";

/** A task that does not run now. */
export interface Waiting {
  readonly task: TaskSpec;
  readonly attempts: number;
  /** Since when it waits; its age. */
  readonly sinceMs: number;
  readonly notBeforeMs: number | undefined;
  /** Dependencies that have not succeeded yet. */
  readonly needs: readonly string[];
  readonly probe: boolean;
  /** What was last told about it, so that a decision is told once. */
  readonly told: string | undefined;
  /** The event that queued it: its run follows from that, whatever gave it its turn. */
  readonly cause: Cause;
}

/** Whether it waits for a time that has not come. */
export function isEarly({ notBeforeMs }: Waiting, nowMs: number): boolean {
  return notBeforeMs !== undefined && notBeforeMs > nowMs;
}

/** Why it waits for other tasks or for a time; `undefined` of one that waits for neither. */
export function notYet(waiting: Waiting, nowMs: number): Decision | undefined {
  const { needs, notBeforeMs } = waiting;
  if (needs.length > 0)
    return { kind: "scheduled", notBeforeMs: 0, reason: `after ${needs.join(", ")}`, passedOver: [] };
  if (notBeforeMs === undefined || !isEarly(waiting, nowMs)) return undefined;
  return { kind: "scheduled", notBeforeMs, reason: "backoff before the next attempt", passedOver: [] };
}

/** A decision in short: two of which this is equal are told once. */
export function inShort(decision: Decision): string {
  return decision.kind === "scheduled"
    ? `scheduled ${decision.notBeforeMs} ${decision.reason}`
    : `${decision.kind} ${decision.reason}`;
}
