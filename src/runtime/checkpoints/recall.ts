import type { AnyEvent } from "../../events/envelope.ts";
import type { JournalPosition } from "../../events/journal.ts";
import type { Checkpointed } from "../../kernel/checkpointed.ts";
import { AiosError } from "../../kernel/errors.ts";
import { anewAfter, found, isOfCheckpoint, mayBegin, restore, upgraded } from "./fit.ts";
import type { CheckpointStore } from "./store.ts";

export interface RecallDeps {
  readonly store: CheckpointStore;
  readonly states: readonly Checkpointed[];
  /** The events after a position of the journal; rejects where it is none. */
  readonly after: (position: JournalPosition) => AsyncIterable<AnyEvent>;
  readonly replay: (event: AnyEvent) => void;
}

/**
 * Has folds that were told nothing yet know what a journal that is not whole told: from the newest checkpoint that fits,
 * and what came after it. For looking alone: nothing is written, and no checkpoint is set aside.
 *
 * @returns the event at which that checkpoint was taken
 * @throws {AiosError} `checkpoint.missing` where none fits, with why
 */
export async function recall({ store, states, after, replay }: RecallDeps): Promise<number> {
  const why: string[] = [];
  for (const sequence of await store.sequences()) {
    try {
      const checkpoint = upgraded(states, await store.read(sequence));
      const anew = anewAfter(states, checkpoint).filter((state) => !mayBegin(state, checkpoint));
      if (anew.length > 0)
        throw new AiosError("checkpoint.unfit", `it holds ${anew.map((state) => found(state, checkpoint)).join(", ")}`);
      const events = after(checkpoint.position)[Symbol.asyncIterator]();
      // The journal says whether it has been there with the first that it hands out.
      let step = await events.next();
      restore(states, checkpoint);
      for (; step.done !== true; step = await events.next()) replay(step.value);
      return sequence;
    } catch (failure) {
      if (!isOfCheckpoint(failure)) throw failure;
      why.push(`${store.pathOf(sequence)}: ${failure.message}`);
    }
  }
  throw new AiosError(
    "checkpoint.missing",
    ["the journal does not reach back to its beginning", ...(why.length === 0 ? ["there is no checkpoint"] : why)].join(
      "; ",
    ),
  );
}
