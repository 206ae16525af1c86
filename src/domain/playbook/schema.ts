import type { z } from "zod";
import type { Priority, Risk } from "../../events/vocabulary.ts";
import type { Json } from "../../kernel/json.ts";
import type { Target } from "../../kernel/target.ts";
import type { Condition, Window } from "./condition-form.ts";
import type { exampleSource, parameterSource } from "./source.ts";

/** Named values, possibly with references in them. */
export type Params = Readonly<Record<string, Json>>;

export type Example = z.infer<typeof exampleSource>;
export type Parameter = z.infer<typeof parameterSource>;

/** A playbook in its one normal form, every default filled in. */
export interface Playbook {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Not finished: it is read and tested, and never acts. */
  readonly draft?: true;
  readonly priority: Priority;
  /** The seed's form receives the scope that its action kinds own instead of naming grants. */
  readonly form: "seed" | "full";
  readonly trigger: {
    readonly eventType: string;
    readonly condition: Condition;
    /** The event whose absence it waits for; `eventType` is then `playbook.absence`. */
    readonly absent?: { readonly window: Extract<Window, { kind: "last" }> };
  };
  readonly target: { readonly kind: Target["kind"]; readonly id: Json } | undefined;
  readonly prechecks: readonly CheckCall[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly actions: readonly ActionCall[];
  readonly validation: Validation;
  readonly rollback: boolean;
  /** The playbook that goes on where this one did not verifiably help. */
  readonly next: string | undefined;
  readonly risk: Risk;
  readonly grants: readonly string[];
  readonly cooldownMs: number | undefined;
  readonly maxTargets: number;
  /** Without examples every run needs a person. */
  readonly tests: readonly Example[];
}

export interface CheckCall {
  readonly check: string;
  readonly params: Params;
}

export interface ActionCall {
  readonly type: string;
  readonly params: Params;
  readonly onFailure: "stop" | "continue";
}

export interface Validation extends CheckCall {
  readonly settleMs: number;
  readonly intervalMs: number;
  readonly probes: number;
  readonly required: number;
  /** For all probes together. */
  readonly timeoutMs: number;
}

export const validationDefaults = { settleMs: 5_000, intervalMs: 2_000, probes: 3, timeoutMs: 60_000 } as const;
export const MAX_TARGETS = 5;
/** The check of a playbook that names none: it reads nothing, so its runs stay unverified. */
export const NO_CHECK = "none";
