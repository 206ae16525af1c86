/** The newest values of a series, sorted. */
export class Sorted {
  readonly #keep: number;
  readonly #arrived: Float64Array;
  readonly #sorted: Float64Array;
  #count = 0;

  constructor(keep: number) {
    this.#keep = keep;
    this.#arrived = new Float64Array(keep);
    this.#sorted = new Float64Array(keep + 1);
  }

  push(value: number): void {
    const slot = this.#count % this.#keep;
    let { length } = this;
    if (length === this.#keep) {
      const gone = this.#place(this.#arrived[slot] ?? 0, length);
      this.#sorted.copyWithin(gone, gone + 1, length);
      length--;
    }
    const place = this.#place(value, length);
    this.#sorted.copyWithin(place + 1, place, length);
    this.#sorted[place] = value;
    this.#arrived[slot] = value;
    this.#count++;
  }

  /** Oldest first. */
  arrived(): number[] {
    const oldest = this.#count > this.#keep ? this.#count % this.#keep : 0;
    const held = this.#arrived.subarray(0, this.length);
    return [...held.subarray(oldest), ...held.subarray(0, oldest)];
  }

  get length(): number {
    return Math.min(this.#count, this.#keep);
  }

  /** The value below which `share` of the values lie, between neighbours in proportion. */
  quantile(share: number): number {
    const exact = share * (this.length - 1);
    const below = this.#sorted[Math.floor(exact)] ?? Number.NaN;
    const above = this.#sorted[Math.ceil(exact)] ?? below;
    return below + (exact - Math.floor(exact)) * (above - below);
  }

  /** First place whose value is at least `value`. */
  #place(value: number, length: number): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
