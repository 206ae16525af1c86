import type { Risk } from "../../events/vocabulary.ts";
import type { Fault } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import type { Params } from "./schema.ts";

/** What the pure domain needs to know of the action kinds and checks; `src/actions` answers. */
export interface Catalogue {
  readonly actions: ReadonlyMap<string, ActionFacts>;
  readonly checks: ReadonlyMap<string, CheckFacts>;
}

export interface ActionFacts {
  readonly name: string;
  readonly summary: string;
  readonly risk: Risk;
  readonly reversible: boolean;
  readonly idempotent: boolean;
  /** Of a user's own action: hash of its file. A plan is made for this code and for no other. */
  readonly code?: string;
  /** What a playbook in the seed's form may do with this kind without naming a grant. */
  readonly ownScope: readonly string[];
  /** What is wrong with the parameters as written; places that hold references are not judged. */
  check(params: Params): readonly Fault[];
  /** The parameters with references resolved: validated, selections frozen, and what follows from them. */
  settle(params: Params, selections: Selections): SettledAction;
}

export type SettledAction =
  | {
      readonly kind: "ok";
      readonly params: Params;
      readonly says: string;
      readonly grants: readonly string[];
      /** How many things it touches. */
      readonly targets: number;
      /** The agents among them. */
      readonly agents: readonly string[];
      /** Whether its effect reaches beyond what AIOS itself owns. */
      readonly outside: boolean;
      /** Events of a user's own types that it publishes. */
      readonly publishes: readonly Publication[];
    }
  | { readonly kind: "refused"; readonly reason: PlanRefusal; readonly detail: string };

export interface Publication {
  readonly type: string;
  readonly data: Json;
}

export type PlanRefusal =
  | "params"
  | "reference"
  | "target"
  | "grant"
  | "forbidden"
  | "nothing_selected"
  | "too_many_targets"
  | "unknown_kind";

/** Named sets that a parameter may stand for; they are frozen into the plan. */
export interface Selections {
  readonly idleAgents: readonly string[];
  /** A longer selection is refused, not cut. */
  readonly maxTargets: number;
}

/** Stands for whatever will be selected, so that the rest of an action can be judged before there is an event. */
export const anySelection: Selections = { idleAgents: ["any"], maxTargets: Number.MAX_SAFE_INTEGER };

export interface CheckFacts {
  readonly name: string;
  readonly summary: string;
  check(params: Params): readonly Fault[];
  settle(
    params: Params,
  ): { readonly kind: "ok"; readonly params: Params } | { readonly kind: "bad"; readonly detail: string };
}
