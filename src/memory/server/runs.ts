import { idOf, linkId, type StoredItem } from "../item.ts";
import type { ServerChange } from "./store.ts";

export type Put = ServerChange & { readonly op: "put" };
/** The version of nothing that was ever stored: a write that did not know what it replaces meets a conflict and is rebased. */
export const BLIND = -1;

/** Whether a write is there already, as it was or laid over something: a delivery that a crash broke off begins anew. */
export function isThere(change: Put, before: StoredItem | undefined): boolean {
  if (before === undefined) return false;
  const { version } = before;
  return [change.item, { ...rebased(change, before).item, version }].some((item) => isSame(item, before));
}

function isSame(item: StoredItem, other: StoredItem): boolean {
  return JSON.stringify(item) === JSON.stringify(other);
}

/** A write was acknowledged: it is laid over what is there now rather than lost. */
export function rebased(change: Put, before: StoredItem | undefined): Put {
  if (before === undefined) return { ...change, expected: undefined };
  const { createdAtMs } = before;
  // Who wrote without knowing what was there did not mean to take it from those it was shared with.
  const sharedWith = change.expected === BLIND ? before.sharedWith : change.item.sharedWith;
  return {
    ...change,
    item: { ...change.item, version: before.version + 1, createdAtMs, sharedWith },
    expected: undefined,
  };
}

/** Runs of one kind of change to different things, in order: what a store carries out at once. */
export function* runsOf(changes: readonly ServerChange[]): Iterable<readonly ServerChange[]> {
  let run: ServerChange[] = [];
  let names = new Set<string>();
  for (const change of changes) {
    const name = nameOf(change);
    if (run.length > 0 && (run[0]?.op !== change.op || names.has(name))) {
      yield run;
      run = [];
      names = new Set();
    }
    run.push(change);
    names.add(name);
  }
  if (run.length > 0) yield run;
}

function nameOf(change: ServerChange): string {
  if (change.op === "put") return idOf(change.item);
  return change.op === "link" ? linkId(change.link) : change.id;
}
