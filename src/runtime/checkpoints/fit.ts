import { type Checkpointed, madeNow } from "../../kernel/checkpointed.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Checkpoint } from "./format.ts";

/** What the journal says of a position that is not one of its own. */
const otherPast = new Set(["journal.behind", "journal.diverged", "journal.released"]);

/** The folds that cannot go on from it: they came with a later version than the one that wrote it, or remember otherwise. */
export function anewAfter(states: readonly Checkpointed[], { folds }: Checkpoint): readonly Checkpointed[] {
  return states.filter(({ name, version }) => folds.get(name)?.version !== version);
}

/** With what older versions wrote as the folds of this one remember it, as far as those know how. */
export function upgraded(states: readonly Checkpointed[], checkpoint: Checkpoint): Checkpoint {
  const folds = new Map(checkpoint.folds);
  for (const { name, version, upgrades = {} } of states) {
    let saved = folds.get(name);
    for (let step = saved && upgrades[saved.version]; saved && saved.version < version && step; ) {
      saved = { version: saved.version + 1, state: step(madeNow(saved.state)) };
      step = upgrades[saved.version];
    }
    if (saved !== undefined) folds.set(name, saved);
  }
  return { ...checkpoint, folds };
}

/** What a checkpoint holds of a fold that cannot go on from it. */
export function found({ name, version }: Checkpointed, { folds }: Checkpoint): string {
  const saved = folds.get(name);
  if (saved === undefined) return `nothing of "${name}"`;
  return `version ${saved.version} of "${name}", and this engine reads version ${version}`;
}

/** Whether nothing is lost but what it would show, if it began with what the journal still holds. */
export function mayBegin({ name, mayBeginLate }: Checkpointed, { folds }: Checkpoint): boolean {
  return mayBeginLate === true || !folds.has(name);
}

/** Folds that it knows nothing of are left as they are. */
export function restore(states: readonly Checkpointed[], { folds }: Checkpoint): void {
  for (const state of states) {
    const saved = folds.get(state.name);
    if (saved !== undefined) state.restore(saved.state);
  }
}

/** Whether another checkpoint may do better, or the whole journal. */
export function isOfCheckpoint(failure: unknown): failure is AiosError {
  return failure instanceof AiosError && (failure.code === "checkpoint.unfit" || otherPast.has(failure.code));
}
