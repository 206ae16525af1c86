import type { Unfit } from "../../actors/actors-snapshot.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Journal, JournalPosition } from "../../events/journal.ts";
import { type Checkpointed, madeNow } from "../../kernel/checkpointed.ts";
import { AiosError, failures, messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { anewAfter, found, isOfCheckpoint, mayBegin, restore, upgraded } from "./fit.ts";
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
      const anew = anewAfter(states, checkpoint);
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
          readFromWhatIsHeld: anewAfter(states, checkpoint).map(({ name }) => name),
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
    const anew = anewAfter(states, checkpoint);
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

/** What a fold remembers, as it would come back from a checkpoint. */
function written(state: Checkpointed): unknown {
  return JSON.parse(JSON.stringify(madeNow(state.snapshot())));
}

export function inWords({ id, reason, difference }: Unfit): string {
  return [`${id}: ${reason}`, ...difference].join(", ");
}
