import type { Json } from "../../kernel/json.ts";
import type { OperatorName } from "./operators.ts";

/** A condition in its one normal form. `at` is where it stands in the file. */
export type Condition =
  | { readonly kind: "all" | "any"; readonly of: readonly Condition[]; readonly at: string }
  | { readonly kind: "not"; readonly of: Condition; readonly at: string }
  | Leaf
  | {
      readonly kind: "count";
      readonly window: Extract<Window, { kind: "count" }>;
      /** Whether the operand is a rate: events a minute. */
      readonly perMinute: boolean;
      readonly op: OperatorName;
      readonly operand: Json;
      readonly at: string;
    }
  | { readonly kind: "absent"; readonly window: Extract<Window, { kind: "last" }>; readonly at: string };

/** One comparison of a value with an operand. */
export interface Leaf {
  readonly kind: "leaf";
  readonly path: string;
  readonly op: OperatorName;
  readonly operand: Json;
  /** Where the value of the event before is kept, for operators that compare with it. */
  readonly before?: Window;
  readonly at: string;
}

/** What has to be remembered of events that came before, so that a condition can ask for it. */
export type Window =
  /** How many came within `overMs`. */
  | (Asked & { readonly kind: "count"; readonly overMs: number })
  /** When the last one came. */
  | (Asked & { readonly kind: "last"; readonly overMs: number })
  /** The value at `path` in the event before, of the same type and subject. */
  | { readonly kind: "previous"; readonly eventType: string; readonly path: string };

interface Asked {
  readonly eventType: string;
  /** A path into the event; events with the same value there belong together. All of them where absent. */
  readonly by?: string;
  /** Which of the events count; all of the type where absent. */
  readonly where?: Condition;
}
