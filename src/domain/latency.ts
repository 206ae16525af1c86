import { type Spread, spreadOf } from "./spread.ts";

/** Upper bounds in seconds, as Prometheus counts them. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const KEPT = 2048;

export interface LatencyHistogram {
  /** Observations of at most `le` seconds, cumulative. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  /** Seconds. */
  readonly sum: number;
  readonly count: number;
}

/** How long something took: percentiles of the newest 2,048 and counts of all. Recording costs no allocation. */
export class Latency {
  readonly #newest = new Float64Array(KEPT);
  readonly #counts = new Array<number>(BOUNDS.length).fill(0);
  #count = 0;
  #sumMs = 0;

  record(ms: number): void {
    this.#newest[this.#count % KEPT] = ms;
    this.#count++;
    this.#sumMs += ms;
    const seconds = ms / 1_000;
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** Milliseconds; null while nothing was recorded. */
  spread(): Spread | null {
    return spreadOf([...this.#newest.subarray(0, Math.min(this.#count, KEPT))]);
  }

  histogram(): LatencyHistogram {
    let below = 0;
    const buckets = BOUNDS.map((le, index) => {
      below += this.#counts[index] ?? 0;
      return { le, count: below };
    });
    return { buckets, sum: this.#sumMs / 1_000, count: this.#count };
  }
}
