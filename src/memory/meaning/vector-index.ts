import { idOf, type StoredItem } from "../item.ts";
import { keepBest } from "../ranking/keep-best.ts";
import type { Nearness } from "../ranking/nearness.ts";
import { type AskedVector, askedVector, VectorRows } from "./vector-rows.ts";
import type { KeptVector } from "./vectors.ts";

/** Above so many items not every vector is compared in full. */
const ALL_IN_FULL = 2_000;
/** So many of the vectors whose signs agree best with the question's are; the nearest hundred are among them. */
const IN_FULL = 800;

interface Slot {
  /** Its place among all, and the row of its vector. */
  readonly at: number;
  readonly item: StoredItem;
  readonly kept: KeptVector;
}

interface Compared {
  readonly item: StoredItem;
  readonly cosine: number;
}

/**
 * The vectors of a memory, by direction. It follows the memory with `put` and `drop`, which cost what one vector costs, and
 * answers as one that was made of the same vectors anew. All are of one embedder.
 */
export class VectorIndex {
  readonly #slots: Slot[] = [];
  readonly #byId = new Map<string, Slot>();
  /** The items themselves are found several times as fast as their ids. */
  readonly #byItem = new Map<StoredItem, Slot>();
  readonly #rows = new VectorRows();

  /** Takes an item in, with its vector, in place of the one of its id. */
  put(item: StoredItem, kept: KeptVector): void {
    const known = this.#byId.get(idOf(item));
    if (known !== undefined) this.#byItem.delete(known.item);
    const at = known?.at ?? this.#slots.length;
    this.#fill({ at, item, kept });
    if (known?.kept !== kept) this.#rows.write(at, kept.numbers);
  }

  /** Lets go of the item of an id. */
  drop(id: string): void {
    const gone = this.#byId.get(id);
    const last = gone === undefined ? undefined : this.#slots.pop();
    if (gone === undefined || last === undefined) return;
    this.#byId.delete(id);
    this.#byItem.delete(gone.item);
    if (gone === last) return;
    // The last one moves into the gap.
    this.#fill({ ...last, at: gone.at });
    this.#rows.move(last.at, gone.at);
  }

  /** How near everything is to a vector of the same embedder. */
  nearnessTo(vector: Float32Array): Nearness {
    const asked = askedVector(vector);
    return {
      cosineOf: (item) => {
        const slot = this.#byItem.get(item) ?? this.#byId.get(idOf(item));
        return slot === undefined ? undefined : this.#rows.cosine(slot.at, asked);
      },
      nearest: (limit, fits) => {
        const nearest: Compared[] = [];
        for (const { at, item } of this.#likely(asked, limit, fits))
          keepBest(nearest, { item, cosine: this.#rows.cosine(at, asked) }, limit, nearer);
        return nearest.map(({ item }) => item);
      },
    };
  }

  #fill(slot: Slot): void {
    this.#slots[slot.at] = slot;
    this.#byId.set(idOf(slot.item), slot);
    this.#byItem.set(slot.item, slot);
  }

  /** The slots worth a full comparison. */
  #likely(asked: AskedVector, limit: number, fits: (item: StoredItem) => boolean): readonly Slot[] {
    const slots = this.#slots;
    if (slots.length <= ALL_IN_FULL) return slots.filter(({ item }) => fits(item));
    const isWanted = (at: number) => {
      const slot = slots[at];
      return slot !== undefined && fits(slot.item);
    };
    const places = this.#rows.likeliest(asked, slots.length, Math.max(IN_FULL, 8 * limit), isWanted);
    return places.map((at) => slots[at]).filter((slot) => slot !== undefined);
  }
}

/** Of equals the first by id. */
function nearer(a: Compared, b: Compared): number {
  return b.cosine - a.cosine || (idOf(a.item) < idOf(b.item) ? -1 : 1);
}
