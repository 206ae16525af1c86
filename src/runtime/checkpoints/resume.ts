import type { Unfit } from "../../actors/actors-snapshot.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Journal, JournalPosition } from "../../events/journal.ts";
import { type Checkpointed, madeNow } from "../../kernel/checkpointed.ts";
import { AiosError, failures, messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import type { Checkpoint } from "./format.ts";
import type { CheckpointStore } from "./store.ts";

/** Opens the journal and feeds every event after `from` to `replay`; after none, every event there is. */
export type OpenJournal = (replay: (event: AnyEvent) => void, from?: JournalPosition) => Promise<Journal>;

export interface ResumeDeps {
  readonly store: CheckpointStore;
  readonly states: readonly Checkpointed[];
  /** Actors of the checkpoint restored last that do not fit. */
  readonly unfit: () => readonly Unfit[];
  /** Has every fold hear an event of the past, where a checkpoint knows nothing of one of them. */
  readonly rebuild: (event: AnyEvent) => void;
  readonly log: Log;
}

export interface Resumed {
  readonly journal: Journal;
  /** The checkpoint it began from; `undefined` when the whole journal was read. */
  readonly from: Checkpoint | undefined;
}

/** What the journal says of a position that is not one of its own. */
const otherPast = new Set(["journal.behind", "journal.diverged", "journal.released"]);

/**
 * Brings the folds to where the journal ends: from the newest checkpoint that is whole, of this journal and known to this
 * version, else from the whole journal. Which ones were passed over, and why, is logged.
 *
 * @throws {AiosError} `checkpoint.missing` when the journal does not reach back to its beginning and no checkpoint fits
 */
export async function resume(deps: ResumeDeps, open: OpenJournal, replay: (event: AnyEvent) => void): Promise<Resumed> {
  const { store, states, log } = deps;
  const beginning = new Map(states.map((state) => [state, written(state)]));
  const passed = new Map<number, string>();
  const partly: Checkpoint[] = [];
  for (const sequence of await store.sequences()) {
    try {
      const checkpoint = upgraded(states, await store.read(sequence));
      const anew = anewAfter(checkpoint);
      if (anew.length > 0) {
        if (anew.every((state) => mayBegin(state, checkpoint))) partly.push(checkpoint);
        throw new AiosError("checkpoint.unfit", `it holds ${anew.map((state) => found(state, checkpoint)).join(", ")}`);
      }
      restore(states, checkpoint);
      const unfit = deps.unfit();
      if (unfit.length > 0) {
        partly.push(checkpoint);
        throw new AiosError("checkpoint.unfit", unfit.map(inWords).join("; "));
      }
      return await done({ journal: await open(replay, checkpoint.position), from: checkpoint });
    } catch (failure) {
      if (!isOfCheckpoint(failure)) throw failure;
      passed.set(sequence, failure.message);
      log.warn("a checkpoint is not used", {
        checkpoint: store.pathOf(sequence),
        why: failure.message,
        advice: failures[failure.code].advice,
      });
    }
  }
  try {
    begin();
    return await done({ journal: await open(replay), from: undefined });
  } catch (failure) {
    if (!(failure instanceof AiosError && failure.code === "journal.released")) throw failure;
    return done(await withoutWhatDoesNotFit(failure));
  }

  function begin(): void {
    for (const state of states) state.restore(beginning.get(state));
  }

  /** The folds that cannot go on from it: they came with a later version than the one that wrote it, or remember otherwise. */
  function anewAfter({ folds }: Checkpoint): readonly Checkpointed[] {
    return states.filter(({ name, version }) => folds.get(name)?.version !== version);
  }

  /**
   * The journal is not whole any more: what fits goes on, what does not is reported and does not run, and what the
   * checkpoint does not say, or says otherwise, is read from what the journal still holds.
   */
  async function withoutWhatDoesNotFit(released: AiosError): Promise<Resumed> {
    for (const checkpoint of partly) {
      try {
        const journal = await onward(checkpoint);
        log.warn("a checkpoint is used all the same: the journal does not reach back to its beginning", {
          checkpoint: store.pathOf(checkpoint.position.sequence),
          doNotRun: deps.unfit().map(({ id }) => id),
          readFromWhatIsHeld: anewAfter(checkpoint).map(({ name }) => name),
        });
        return { journal, from: checkpoint };
      } catch (failure) {
        if (!isOfCheckpoint(failure)) throw failure;
        passed.set(checkpoint.position.sequence, failure.message);
      }
    }
    const why = [...passed].map(([sequence, reason]) => `${store.pathOf(sequence)}: ${reason}`);
    throw new AiosError(
      "checkpoint.missing",
      [released.message, ...(why.length === 0 ? ["there is no checkpoint"] : why)].join("; "),
    );
  }

  async function onward(checkpoint: Checkpoint): Promise<Journal> {
    const { position } = checkpoint;
    const anew = anewAfter(checkpoint);
    if (anew.length === 0) {
      restore(states, checkpoint);
      return open(replay, position);
    }
    // Everybody hears what is held, for the sake of those that begin anew; then the others are as they were saved.
    begin();
    const journal = await open(() => {}, position);
    for await (const event of journal.read({ until: position.sequence })) deps.rebuild(event);
    const rebuilt = new Map(anew.map((state) => [state.name, { version: state.version, state: written(state) }]));
    restore(states, { ...checkpoint, folds: new Map([...checkpoint.folds, ...rebuilt]) });
    for await (const event of journal.read({ after: position.sequence })) replay(event);
    return journal;
  }

  async function done(resumed: Resumed): Promise<Resumed> {
    for (const sequence of passed.keys()) {
      if (sequence === resumed.from?.position.sequence) continue;
      await store
        .setAside(sequence)
        .catch((failure: unknown) =>
          log.warn("a checkpoint could not be set aside", { sequence, failure: messageOf(failure) }),
        );
    }
    await store.sweep().catch(() => undefined);
    return resumed;
  }
}

/** With what older versions wrote as the folds of this one remember it, as far as those know how. */
function upgraded(states: readonly Checkpointed[], checkpoint: Checkpoint): Checkpoint {
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
function found({ name, version }: Checkpointed, { folds }: Checkpoint): string {
  const saved = folds.get(name);
  if (saved === undefined) return `nothing of "${name}"`;
  return `version ${saved.version} of "${name}", and this engine reads version ${version}`;
}

/** Whether nothing is lost but what it would show, if it began with what the journal still holds. */
function mayBegin({ name, mayBeginLate }: Checkpointed, { folds }: Checkpoint): boolean {
  return mayBeginLate === true || !folds.has(name);
}

/** Folds that it knows nothing of are left as they are. */
function restore(states: readonly Checkpointed[], { folds }: Checkpoint): void {
  for (const state of states) {
    const saved = folds.get(state.name);
    if (saved !== undefined) state.restore(saved.state);
  }
}

/** What a fold remembers, as it would come back from a checkpoint. */
function written(state: Checkpointed): unknown {
  return JSON.parse(JSON.stringify(madeNow(state.snapshot())));
}

function isOfCheckpoint(failure: unknown): failure is AiosError {
  return failure instanceof AiosError && (failure.code === "checkpoint.unfit" || otherPast.has(failure.code));
}

export function inWords({ id, reason, difference }: Unfit): string {
  return [`${id}: ${reason}`, ...difference].join(", ");
}
