import { idOf, type StoredItem } from "../item.ts";
import type { Nearness } from "../ranking/nearness.ts";
import { nthLargest } from "../ranking/nth-largest.ts";
import type { KeptVector } from "./vectors.ts";

/** Above so many items not every vector is compared in full. */
const ALL_IN_FULL = 2_000;
/** So many of the vectors whose signs agree best with the question's are; the nearest hundred are among them. */
const IN_FULL = 800;
const WORD = 32;

interface Slot {
  readonly item: StoredItem;
  readonly kept: KeptVector;
  /** Of its numbers. */
  readonly length: number;
}

/** The vectors of a memory, by direction. It follows the memory with `sync`. */
export class VectorIndex {
  #slots: Slot[] = [];
  #slotOf = new Map<string, number>();
  /** The signs of each slot's numbers, a bit each. */
  #signs = new Uint32Array(0);
  #words = 0;

  /** Makes the index hold exactly the items that have a vector. What did not change is kept. */
  sync(items: readonly StoredItem[], vectors: ReadonlyMap<string, KeptVector>): void {
    const before = this.#slots;
    const known = this.#slotOf;
    const [first] = vectors.values();
    const words = Math.ceil((first?.numbers.length ?? 0) / WORD);
    const [oldSigns, oldWords] = [this.#signs, this.#words];
    const signs = new Uint32Array(vectors.size * words);
    const slots: Slot[] = [];
    const slotOf = new Map<string, number>();
    for (const item of items) {
      const id = idOf(item);
      const kept = vectors.get(id);
      if (kept === undefined) continue;
      const at = slots.length;
      const old = known.get(id);
      const slot = old === undefined ? undefined : before[old];
      if (old !== undefined && slot?.kept === kept && oldWords === words) {
        slots.push({ ...slot, item });
        signs.set(oldSigns.subarray(old * words, (old + 1) * words), at * words);
      } else {
        slots.push({ item, kept, length: lengthOf(kept.numbers) });
        writeSigns(kept.numbers, signs, at * words);
      }
      slotOf.set(id, at);
    }
    this.#slots = slots;
    this.#slotOf = slotOf;
    this.#signs = signs;
    this.#words = words;
  }

  /** How near everything is to a vector of the same embedder. */
  nearnessTo(vector: Float32Array): Nearness {
    const length = lengthOf(vector);
    const cosineAt = (slot: Slot) => cosine(slot, vector, length);
    return {
      cosineOf: (item) => {
        const slot = this.#slots[this.#slotOf.get(idOf(item)) ?? -1];
        return slot === undefined ? undefined : cosineAt(slot);
      },
      nearest: (limit, fits) => {
        const scored = this.#likely(vector, limit, fits).map((slot) => ({ item: slot.item, cosine: cosineAt(slot) }));
        scored.sort((a, b) => b.cosine - a.cosine || (idOf(a.item) < idOf(b.item) ? -1 : 1));
        return scored.slice(0, limit).map(({ item }) => item);
      },
    };
  }

  /** The slots worth a full comparison. */
  #likely(vector: Float32Array, limit: number, fits: (item: StoredItem) => boolean): readonly Slot[] {
    if (this.#slots.length <= ALL_IN_FULL) return this.#slots.filter(({ item }) => fits(item));
    const words = this.#words;
    const asked = new Uint32Array(words);
    writeSigns(vector, asked, 0);
    const agreeing = new Float64Array(this.#slots.length);
    for (let slot = 0; slot < agreeing.length; slot += 1) {
      let differing = 0;
      for (let word = 0; word < words; word += 1)
        differing += bitsOf((this.#signs[slot * words + word] ?? 0) ^ (asked[word] ?? 0));
      agreeing[slot] = words * WORD - differing;
    }
    this.#slots.forEach(({ item }, slot) => {
      if (!fits(item)) agreeing[slot] = 0;
    });
    const bar = Math.max(1, nthLargest(agreeing, Math.max(IN_FULL, 8 * limit)));
    return this.#slots.filter((_, slot) => (agreeing[slot] ?? 0) >= bar);
  }
}

function lengthOf(numbers: Int8Array | Float32Array): number {
  let sum = 0;
  for (const value of numbers) sum += value * value;
  return Math.sqrt(sum);
}

function cosine({ kept: { numbers }, length }: Slot, vector: Float32Array, vectorLength: number): number {
  let sum = 0;
  for (let at = 0; at < numbers.length; at += 1) sum += (numbers[at] ?? 0) * (vector[at] ?? 0);
  return sum / (length * vectorLength || 1);
}

function writeSigns(numbers: Int8Array | Float32Array, signs: Uint32Array, from: number): void {
  for (let at = 0; at < numbers.length; at += 1) {
    if ((numbers[at] ?? 0) <= 0) continue;
    const word = from + (at >>> 5);
    signs[word] = (signs[word] ?? 0) | (1 << (at & 31));
  }
}

/** How many bits of 32 are set. */
function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
