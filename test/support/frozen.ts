import type { Checkpointed } from "../../src/kernel/checkpointed.ts";
import { Later, madeNow, Stored } from "../../src/kernel/checkpointed.ts";
import { canonical } from "../../src/kernel/hash.ts";

/** Freezes a value and everything in it: whoever changes it in place throws from then on. */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Later || value instanceof Stored) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) frozen(member);
  return value;
}

/** The folds' snapshots by name, as text: the order of an object's members means nothing, that of a list does. */
export function textsOf(states: readonly Checkpointed[]): ReadonlyMap<string, string> {
  return new Map(states.map((state) => [state.name, canonical(madeNow(state.snapshot()))]));
}
