/** The newest values of a series, in order of arrival: at least `keep` once so many have come, never twice as many. */
export class History {
  readonly #keep: number;
  readonly #values: Float64Array;
  #length = 0;

  constructor(keep: number) {
    this.#keep = keep;
    this.#values = new Float64Array(2 * keep);
  }

  /** Gives how many old values were let go of, by which all places have moved. */
  push(value: number): number {
    const dropped = this.#length === this.#values.length ? this.#keep : 0;
    if (dropped > 0) {
      this.#values.copyWithin(0, dropped);
      this.#length -= dropped;
    }
    this.#values[this.#length++] = value;
    return dropped;
  }

  get length(): number {
    return this.#length;
  }

  /** The values by their place, for a search that must be quick. Only the first `length` count. */
  get values(): Float64Array {
    return this.#values;
  }

  /** A copy of up to `count` of the newest values, oldest first. */
  newest(count: number): Float64Array {
    return this.#values.slice(Math.max(0, this.#length - count), this.#length);
  }

  /** Mean and standard deviation of up to `count` values before the newest `skip`; at least one must be there. */
  moments(skip: number, count: number): { readonly mean: number; readonly deviation: number } {
    const end = this.#length - skip;
    const from = Math.max(0, end - count);
    // Summed anew each time: running sums would carry the rounding of a huge value for ever.
    let sum = 0;
    for (let at = from; at < end; at++) sum += this.#values[at] ?? 0;
    const mean = sum / (end - from);
    let squares = 0;
    for (let at = from; at < end; at++) squares += ((this.#values[at] ?? 0) - mean) ** 2;
    return { mean, deviation: Math.sqrt(squares / (end - from)) };
  }

  /** Mean distance of neighbours among up to `count` values before the newest `skip`. */
  roughness(skip: number, count: number): number {
    const end = this.#length - skip;
    const from = Math.max(1, end - count);
    if (end <= from) return 0;
    let sum = 0;
    for (let at = from; at < end; at++) sum += Math.abs((this.#values[at] ?? 0) - (this.#values[at - 1] ?? 0));
    return sum / (end - from);
  }
}
