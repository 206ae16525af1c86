import type { Copy } from "../domain/shadow.ts";
import type { Block } from "../domain/trial.ts";
import type { Arrival, Places, Slot } from "../domain/trial-record.ts";
import type { Proposal } from "../events/types/evolution.ts";
import type { Heard } from "./hearing.ts";

export type ImprovementEvent =
  | Heard<
      | "approval.decided"
      | "evolution.shadow_began"
      | "evolution.shadowed"
      | "evolution.assigned"
      | "task.succeeded"
      | "task.attempt_failed"
      | "task.failed"
      | "task.cancelled"
      | "evolution.kept"
      | "evolution.rollback_requested"
      | "evolution.rolled_back"
      | "engine.started"
    >
  /** A shadow that found too few tasks to copy is over all the same. */
  | { readonly type: "DEADLINE.shadow"; readonly at: number }
  /** Its agent is gone, or was changed by somebody else. */
  | { readonly type: "DISTURBED"; readonly at: number; readonly why: string };

export interface ImprovementContext {
  readonly proposal: Proposal;
  readonly places: Places;
  /** Tasks under way that belong to the trial. */
  readonly assigned: ReadonlyMap<string, Slot>;
  /** Outcomes so far, in the order in which they came. */
  readonly arrivals: readonly Arrival[];
  /** Whether tasks under the present version succeeded before the new one was given any, oldest first. */
  readonly before: readonly boolean[];
  readonly why: string;
  /** Of the shadow: tasks that were copied, by what is known of either side; those of which both ended; and how many began. */
  readonly copies: ReadonlyMap<string, Copy>;
  readonly pairs: readonly Block[];
  readonly begun: number;
}
