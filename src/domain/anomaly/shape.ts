import { History } from "./history.ts";

/**
 * How far the newest stretch of a series is from the most similar stretch before it: the left matrix profile (Yeh et
 * al., ICDM 2016; searched as in Keogh's discords with early abandoning), without normalising each stretch, since a
 * known shape on an unknown level is odd too.
 */
export class Shape {
  readonly #length: number;
  readonly #step: number;
  readonly #reach: number;
  /** Running means: the values that stretches are compared by. */
  readonly #means: History;
  #nearest: number | undefined;

  /**
   * @param length values that a stretch is compared by
   * @param step samples between two of them; each is a mean over so many
   * @param reach how far back is searched, in samples
   */
  constructor(length: number, step: number, reach: number) {
    this.#length = length;
    this.#step = step;
    this.#reach = reach;
    this.#means = new History(reach + length * step);
  }

  /** Samples that a stretch spans. */
  get span(): number {
    return this.#length * this.#step;
  }

  /** Whether there is enough to search in. */
  get isReady(): boolean {
    return this.#means.length >= Math.max(3 * this.span + 2, 65);
  }

  /** The series has grown by one sample. */
  follow(series: History): void {
    const dropped = this.#means.push(series.moments(0, this.#step).mean);
    if (this.#nearest !== undefined) this.#nearest -= dropped;
  }

  /** Root mean square distance to the nearest earlier stretch that does not overlap. */
  distance(): number {
    const newest = this.#means.length - 1;
    const first = Math.max(this.span - this.#step, newest - this.#reach);
    const last = newest - this.span;
    // What followed the last nearest stretch is the likeliest one now; it lets most of the search end early.
    let nearest = Math.min(Math.max((this.#nearest ?? first - 1) + 1, first), last);
    let least = this.#squares(newest, nearest, Number.POSITIVE_INFINITY);
    for (let at = first; at <= last; at++) {
      const squares = this.#squares(newest, at, least);
      if (squares >= least) continue;
      least = squares;
      nearest = at;
    }
    this.#nearest = nearest;
    return Math.sqrt(least / this.#length);
  }

  /** Sum of squared differences of the stretches that end at two places, or anything from `enough` on. */
  #squares(newest: number, at: number, enough: number): number {
    const means = this.#means.values;
    let sum = 0;
    for (let back = 0; back < this.span && sum < enough; back += this.#step)
      sum += ((means[newest - back] ?? 0) - (means[at - back] ?? 0)) ** 2;
    return sum;
  }
}
