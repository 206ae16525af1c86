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

/**
 * The vectors of a memory, by direction. It follows the memory with `put` and `drop`, which cost what one vector costs, and
 * answers as one that was made of the same vectors anew. All are of one embedder.
 */
export class VectorIndex {
  readonly #slots: Slot[] = [];
  readonly #slotOf = new Map<string, number>();
  /** The signs of each slot's numbers, a bit each. */
  #signs = new Uint32Array(0);
  /** Of one slot's signs. */
  #words = 0;

  /** Takes an item in, with its vector, in place of the one of its id. */
  put(item: StoredItem, kept: KeptVector): void {
    const id = idOf(item);
    const at = this.#slotOf.get(id) ?? this.#slots.length;
    const known = this.#slots[at];
    if (known?.kept === kept) {
      this.#slots[at] = { ...known, item };
      return;
    }
    this.#slotOf.set(id, at);
    this.#slots[at] = { item, kept, length: lengthOf(kept.numbers) };
    this.#words = Math.ceil(kept.numbers.length / WORD);
    const [from, to] = [at * this.#words, (at + 1) * this.#words];
    if (to > this.#signs.length) this.#widen(to);
    this.#signs.fill(0, from, to);
    writeSigns(kept.numbers, this.#signs, from);
  }

  /** Lets go of the item of an id. */
  drop(id: string): void {
    const at = this.#slotOf.get(id);
    const last = at === undefined ? undefined : this.#slots.pop();
    if (at === undefined || last === undefined) return;
    this.#slotOf.delete(id);
    if (at === this.#slots.length) return;
    // The last one moves into the gap.
    this.#slots[at] = last;
    this.#slotOf.set(idOf(last.item), at);
    const from = this.#slots.length * this.#words;
    this.#signs.copyWithin(at * this.#words, from, from + this.#words);
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

  #widen(least: number): void {
    const wider = new Uint32Array(Math.max(least, 2 * this.#signs.length));
    wider.set(this.#signs);
    this.#signs = wider;
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
