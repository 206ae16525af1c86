const WORD = 32;

/**
 * The signs of vectors' numbers, a bit each, by the vector's place: how many of them two vectors share tells nearly as much
 * as their cosine, at a hundredth of the cost.
 */
export class Signs {
  #bits = new Uint32Array(0);
  /** Of one vector. */
  #words = 0;

  write(place: number, numbers: Int8Array): void {
    this.#words = Math.ceil(numbers.length / WORD);
    const [from, to] = [place * this.#words, (place + 1) * this.#words];
    if (to > this.#bits.length) this.#widen(to);
    this.#bits.set(signsOf(numbers), from);
  }

  /** What stood at one place stands at another instead. */
  move(from: number, to: number): void {
    const start = from * this.#words;
    this.#bits.copyWithin(to * this.#words, start, start + this.#words);
  }

  /**
   * Of the first so many places that fit, `most` that share most signs with a vector, and all that share as many as the
   * last of them. Whether a place fits is asked of few more than these.
   */
  likeliest(vector: Float32Array, places: number, most: number, fits: (place: number) => boolean): readonly number[] {
    // One that shares no sign at all points the other way.
    const { order, starts } = byCount(this.#differing(vector, places), this.#words * WORD);
    const found: number[] = [];
    for (let count = 0; count + 1 < starts.length && found.length < most; count += 1)
      for (let at = starts[count] ?? 0; at < (starts[count + 1] ?? 0); at += 1) {
        const place = order[at] ?? 0;
        if (fits(place)) found.push(place);
      }
    return found;
  }

  #differing(vector: Float32Array, places: number): Uint32Array {
    const bits = this.#bits;
    const words = this.#words;
    const asked = signsOf(vector);
    const differing = new Uint32Array(places);
    for (let place = 0; place < places; place += 1) {
      let sum = 0;
      for (let word = 0; word < words; word += 1) sum += bitsOf((bits[place * words + word] ?? 0) ^ (asked[word] ?? 0));
      differing[place] = sum;
    }
    return differing;
  }

  #widen(least: number): void {
    const wider = new Uint32Array(Math.max(least, 2 * this.#bits.length));
    wider.set(this.#bits);
    this.#bits = wider;
  }
}

/** Places by their count, the least first, as far as it is below `end`; and where each count begins in that order. */
function byCount(counts: Uint32Array, end: number): { readonly order: Uint32Array; readonly starts: Uint32Array } {
  const starts = new Uint32Array(end + 1);
  // By index: a typed array's iterator takes several times as long.
  for (let place = 0; place < counts.length; place += 1) {
    const count = counts[place] ?? 0;
    if (count < end) starts[count + 1] = (starts[count + 1] ?? 0) + 1;
  }
  for (let count = 0; count < end; count += 1) starts[count + 1] = (starts[count + 1] ?? 0) + (starts[count] ?? 0);
  const order = new Uint32Array(starts[end] ?? 0);
  const next = starts.slice();
  for (let place = 0; place < counts.length; place += 1) {
    const count = counts[place] ?? 0;
    if (count >= end) continue;
    const at = next[count] ?? 0;
    order[at] = place;
    next[count] = at + 1;
  }
  return { order, starts };
}

function signsOf(numbers: Int8Array | Float32Array): Uint32Array {
  const signs = new Uint32Array(Math.ceil(numbers.length / WORD));
  for (let at = 0; at < numbers.length; at += 1) {
    if ((numbers[at] ?? 0) <= 0) continue;
    const word = at >>> 5;
    signs[word] = (signs[word] ?? 0) | (1 << (at & 31));
  }
  return signs;
}

/** How many bits of 32 are set. */
function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
