import { demandDimension, type ItemVector, type VectorForm, type VectorShelf } from "../meaning/vectors.ts";
import type { Availability } from "./availability.ts";
import type { ServerVectors } from "./store.ts";

/** Items whose vectors are taken away with one request. */
const AT_ONCE = 2_000;

/**
 * The vectors of a memory on a server. They are kept in turn with the items: what was looked at is still so when its vector
 * is written.
 */
export function serverVectors(
  vectors: ServerVectors,
  availability: Availability,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
): VectorShelf {
  let prepared: string | undefined;

  /** A server may take its time to make an index. */
  async function prepare(form: VectorForm): Promise<void> {
    if (prepared === form.by) return;
    availability.demand();
    await availability
      .direct(() => vectors.prepare(form))
      .catch((failure: unknown) => {
        throw availability.lost(failure);
      });
    prepared = form.by;
  }

  return {
    madeOf: (by, ids) => availability.reach(() => vectors.madeOf(by, ids)),
    read: (by, ids) => availability.reach(() => vectors.read(by, ids)),
    async keep(form: VectorForm, kept: readonly ItemVector[]) {
      demandDimension(form, kept);
      if (kept.length === 0) return;
      await prepare(form);
      await inTurn(() => availability.reachInOrder(() => vectors.keep(form, kept)));
    },
    async clear(but) {
      prepared = undefined;
      for (let left = true; left; )
        left = await inTurn(() => availability.reachInOrder(() => vectors.clear(but, AT_ONCE)));
    },
    census: () => availability.reach(() => vectors.census()),
  };
}
