import { z } from "zod";
import type { ActionFacts, Publication, Selections, SettledAction } from "../domain/playbook/catalogue.ts";
import { jsonPath } from "../domain/playbook/read.ts";
import type { Params } from "../domain/playbook/schema.ts";
import type { Risk } from "../events/vocabulary.ts";
import type { Clock } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import type { Files } from "../kernel/files.ts";
import { isJsonObject, type Json, toJson, unkept } from "../kernel/json.ts";
import type { Log } from "../kernel/log.ts";
import type { Processes } from "../kernel/processes.ts";
import type { Web } from "../kernel/web.ts";
import type { DeclaredCommand } from "./command.ts";
import type { EngineDoors } from "./engine-doors.ts";
import { faultsAsWritten } from "./faults.ts";

/**
 * One thing that a playbook may do. A kind is one file and its line in `index.ts`.
 *
 * Invariants:
 *  1. `prepare` changes nothing; what it answers is journaled before `run` and is all that `undo` gets to know.
 *  2. `run` rejects when the effect did not happen in full; its answer says nothing about whether it helped.
 *  3. `run` and `undo` refuse what `context.grants` does not cover, whatever was judged before.
 *  4. A kind with `idempotent` may be run again with the same key after a crash; any other never is.
 */
export interface ActionKind<P> {
  readonly name: string;
  readonly summary: string;
  readonly params: z.ZodType<P>;
  readonly risk: Risk;
  readonly idempotent: boolean;
  /** What a playbook in the seed's form may do with this kind: things that AIOS itself owns. */
  readonly ownScope: readonly string[];
  grants(params: P): readonly string[];
  /** What it will do, in words, for plans and approvals. */
  says(params: P): string;
  /** How many things it touches; one unless told. */
  targets?(params: P): number;
  /** Agents whose processes or configuration it touches; none unless told. The blast radius is counted over them. */
  agents?(params: P): readonly string[];
  /** Whether its effect reaches beyond what AIOS itself owns; no unless told. */
  outside?(params: P): boolean;
  /** Events of a user's own types that it publishes; none unless told. Playbooks that would call for themselves are found by it. */
  publishes?(params: P): readonly Publication[];
  /** Replaces named selections by the frozen list they stand for, or says why that cannot be acted on. */
  freeze?(params: Params, selections: Selections): Frozen;
  prepare?(params: P, context: ActionContext): Promise<Json>;
  run(params: P, context: ActionContext): Promise<ActionResult>;
  /** Kinds without it are irreversible. `same`: the state equals the one before, compared; null when it cannot be told. */
  undo?(params: P, before: Json, context: ActionContext): Promise<UndoResult>;
}

export type Frozen =
  | { readonly kind: "ok"; readonly params: Params }
  | Extract<SettledAction, { readonly kind: "refused" }>;

export interface ActionResult {
  readonly detail: string;
  readonly evidence?: Json;
}

export interface UndoResult {
  readonly same: boolean | null;
  readonly detail: string;
}

export interface ActionContext {
  /** Idempotency key of this step of this run. */
  readonly key: string;
  readonly runId: string;
  /** Aborts when the engine stops: what has not begun is left. */
  readonly signal: AbortSignal;
  readonly processes: Processes;
  readonly web: Web;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: EngineDoors;
  /** What the plan was granted. */
  readonly grants: readonly string[];
  /** Programs that the configuration declares, by name. */
  readonly commands: ReadonlyMap<string, DeclaredCommand>;
  /** A secret of the engine's environment that `reactor.secrets` allows. Throws `action.refused` for any other. */
  secret(name: string): string;
}

/** A kind with its parameters' type closed over, as the registry keeps it. */
export interface Action extends ActionFacts {
  readonly schema: z.ZodType;
  /** The file of a user's own action, as the configuration names it; built in where it is absent. */
  readonly source?: string;
  /** What undo will need; null when it needs nothing. Read-only. */
  prepare(params: Params, context: ActionContext): Promise<Json>;
  run(params: Params, context: ActionContext): Promise<ActionResult>;
  /** Rejects with `action.refused` for an irreversible kind. */
  undo(params: Params, before: Json, context: ActionContext): Promise<UndoResult>;
}

/** Closes a kind over its parameters: everything that comes in is parsed first. */
export function action<P>(kind: ActionKind<P>): Action {
  const { name, summary, risk, idempotent, ownScope } = kind;
  const parse = (params: Params): P => {
    const lost = unkept(params);
    if (lost !== undefined) throw new AiosError("action.refused", `${name}: ${jsonPath(lost.path)}: ${lost.why}`);
    const parsed = kind.params.safeParse(params);
    if (parsed.success) return parsed.data;
    throw new AiosError("action.refused", `${name}: ${z.prettifyError(parsed.error)}`);
  };
  return {
    name,
    summary,
    risk,
    idempotent,
    ownScope,
    schema: kind.params,
    reversible: kind.undo !== undefined,
    check: (params) => faultsAsWritten(kind.params, params),
    settle: (params, selections) => settle(kind, params, selections),
    prepare: async (params, context) => (await kind.prepare?.(parse(params), context)) ?? null,
    run: async (params, context) => kind.run(parse(params), context),
    undo: async (params, before, context) => {
      if (kind.undo === undefined) throw new AiosError("action.refused", `${name} cannot be undone`);
      return kind.undo(parse(params), before, context);
    },
  };
}

function settle<P>(kind: ActionKind<P>, raw: Params, selections: Selections): SettledAction {
  const frozen = kind.freeze?.(raw, selections) ?? { kind: "ok", params: raw };
  if (frozen.kind === "refused") return frozen;
  const lost = unkept(frozen.params);
  if (lost !== undefined) return { kind: "refused", reason: "params", detail: `${jsonPath(lost.path)}: ${lost.why}` };
  const parsed = kind.params.safeParse(frozen.params);
  if (!parsed.success) return { kind: "refused", reason: "params", detail: z.prettifyError(parsed.error) };
  const params = toJson(parsed.data);
  if (!isJsonObject(params)) return { kind: "refused", reason: "params", detail: "parameters are an object" };
  return {
    kind: "ok",
    params,
    says: kind.says(parsed.data),
    grants: kind.grants(parsed.data),
    targets: kind.targets?.(parsed.data) ?? 1,
    agents: kind.agents?.(parsed.data) ?? [],
    outside: kind.outside?.(parsed.data) ?? false,
    publishes: kind.publishes?.(parsed.data) ?? [],
  };
}
