import { z } from "zod";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Modules } from "../../kernel/modules.ts";
import { loadOwn, notOwn, type OwnKind } from "../../kernel/own-module.ts";
import { keepFile, putBack, putFile } from "../file-state.ts";
import { checkSignal, demand, realPlace } from "../granted.ts";
import { type ActionCatalogue, catalogue } from "../index.ts";
import type { Action } from "../kind.ts";
import { faultsOfOwn, type OwnAction } from "./form.ts";
import { guardedAction } from "./guarded.ts";

/** What a file of a user's own is handed: it need not import anything. */
export const actionTools = {
  z,
  /** A refusal with a reason that people read; throw it before anything was changed. */
  refuse: (why: string): AiosError => new AiosError("action.refused", why),
  demand,
  realPlace,
  checkSignal,
  keepFile,
  putFile,
  putBack,
} as const;
export type ActionTools = typeof actionTools;

/** What a user's own file exports as `action`. */
export type OwnActionFactory<P = unknown> = (tools: ActionTools) => OwnAction<P>;

export interface OwnActionsOptions {
  /** Files, relative to the directory of the configuration, or packages. */
  readonly actions: readonly string[];
  /** So long an action may take that says nothing else, in milliseconds. */
  readonly actionMs: number;
}

const setting = "reactor.actions";
const kind: OwnKind = { setting, exported: "action", noun: "action", names: [] };
const factory = z.custom<(tools: ActionTools) => unknown>(
  (value) => typeof value === "function",
  "a function `({ z }) => ({ name, summary, params, … })`",
);

/**
 * The built-in actions and checks, and the user's own actions behind them. Rejects with `config.invalid` that names file,
 * member and advice.
 */
export async function withOwnActions(
  { actions: named, actionMs }: OwnActionsOptions,
  modules: Modules,
): Promise<ActionCatalogue> {
  if (named.length === 0) return catalogue;
  const actions = new Map<string, Action>(catalogue.actions);
  for (const specifier of named) {
    const own = await loadOne(specifier, actions, modules);
    const code = await modules.codeOf(specifier);
    actions.set(own.name, guardedAction(own, { source: specifier, code }, actionMs));
  }
  return { ...catalogue, actions };
}

async function loadOne(specifier: string, actions: ReadonlyMap<string, Action>, modules: Modules): Promise<OwnAction> {
  const make = await loadOwn(kind, specifier, factory, modules);
  let made: unknown;
  try {
    made = make(actionTools);
  } catch (failure) {
    throw notOwn(kind, specifier, `its factory fails: ${messageOf(failure)}`, failure);
  }
  const holder = (name: string) => {
    const other = actions.get(name);
    return other && (other.source ?? "a built-in action");
  };
  const faults = faultsOfOwn(made, holder);
  if (faults.length === 0) return made as OwnAction;
  const why = faults.map(({ path, message }) => (path === "" ? message : `\`${path}\` ${message}`)).join("; ");
  throw notOwn(kind, specifier, why);
}
