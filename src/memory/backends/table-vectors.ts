import {
  demandDimension,
  digestOf,
  type ItemVector,
  type KeptVector,
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
  const ofEmbedder = (by: string) => new Map([...table().vectors()].filter(([, kept]) => kept.by === by));
  let known:
    | { readonly by: string; readonly changes: string; readonly vectors: ReadonlyMap<string, KeptVector> }
    | undefined;

  function all(by: string): ReadonlyMap<string, KeptVector> {
    const { changes, vectorChanges } = table();
    const now = `${String(changes)}.${String(vectorChanges)}`;
    if (known?.by !== by || known.changes !== now) known = { by, changes: now, vectors: ofEmbedder(by) };
    return known.vectors;
  }

  return {
    all,
    async madeOf(by, ids) {
      await refresh();
      const vectors = table().vectors();
      return new Map(
        ids.flatMap((id) => {
          const kept = vectors.get(id);
          return kept?.by === by ? [[id, kept.of] as const] : [];
        }),
      );
    },
    async read(by, ids) {
      await refresh();
      const vectors = table().vectors();
      return ids.flatMap((id) => {
        const kept = vectors.get(id);
        return kept?.by === by ? [{ id, of: kept.of, vector: Float32Array.from(kept.numbers) }] : [];
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
        const isNeeded = [...table().vectors().values()].some(({ by }) => by !== but);
        return isNeeded ? [{ op: "unvector", ...(but === undefined ? {} : { but }) }] : [];
      }),
    async census() {
      await refresh();
      const made = new Map<string, number>();
      for (const { by } of table().vectors().values()) made.set(by, (made.get(by) ?? 0) + 1);
      return { items: table().size, made };
    },
  };
}
