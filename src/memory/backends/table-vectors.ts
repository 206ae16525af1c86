import {
  demandDimension,
  digestOf,
  type ItemVector,
  packed,
  toBase64,
  type VectorForm,
  type VectorShelf,
} from "../meaning/vectors.ts";
import type { Change, MemoryTable } from "./table.ts";

export interface TableAccess {
  /** The table of now, for a backend that holds everything in memory. */
  readonly table: () => MemoryTable;
  /** Resolves when the table is as new as what others have written. */
  readonly refresh: () => Promise<void>;
  readonly write: (decide: () => readonly Change[]) => Promise<void>;
}

/** The vectors of a table. */
export function tableVectors({ table, refresh, write }: TableAccess): VectorShelf {
  return {
    all: (by) => table().vectorsOf(by),
    async madeOf(by, ids) {
      await refresh();
      const vectors = table().vectorsOf(by);
      return new Map(
        ids.flatMap((id) => {
          const kept = vectors.get(id);
          return kept === undefined ? [] : [[id, kept.of] as const];
        }),
      );
    },
    async read(by, ids) {
      await refresh();
      const vectors = table().vectorsOf(by);
      return ids.flatMap((id) => {
        const kept = vectors.get(id);
        return kept === undefined ? [] : [{ id, of: kept.of, vector: Float32Array.from(kept.numbers) }];
      });
    },
    async keep(form: VectorForm, vectors: readonly ItemVector[]) {
      const { by } = form;
      demandDimension(form, vectors);
      await write(() =>
        // An item may be gone meanwhile, or say something else.
        vectors
          .filter(({ id, of }) => {
            const item = table().get(id);
            return item !== undefined && digestOf(item) === of;
          })
          .map(({ id, of, vector }) => ({ op: "vector", id, by, of, vector: toBase64(packed(vector)) })),
      );
    },
    clear: (but) =>
      write(() => {
        const isNeeded = [...table().vectorCounts().keys()].some((by) => by !== but);
        return isNeeded ? [{ op: "unvector", ...(but === undefined ? {} : { but }) }] : [];
      }),
    async census() {
      await refresh();
      return { items: table().size, made: table().vectorCounts() };
    },
  };
}
