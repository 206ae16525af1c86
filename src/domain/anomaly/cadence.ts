import { Sorted } from "./sorted.ts";

/** Gaps between samples that say what is usual. */
const REMEMBERED = 256;
/** So many usual gaps without a sample are a hole. */
const HOLE = 6;

export interface SavedCadence {
  /** In order of arrival. */
  readonly gaps: readonly number[];
  readonly first?: number | undefined;
  readonly last?: number | undefined;
  readonly samples: number;
}

/** How regularly a series is sampled. Times may repeat and even run backwards; only what lies between two counts. */
export class Cadence {
  readonly #gaps = new Sorted(REMEMBERED);
  #first: number | undefined;
  #last: number | undefined;
  #samples = 0;

  constructor(saved?: SavedCadence) {
    if (saved === undefined) return;
    for (const gap of saved.gaps) this.#gaps.push(gap);
    this.#first = saved.first;
    this.#last = saved.last;
    this.#samples = saved.samples;
  }

  saved(): SavedCadence {
    return { gaps: this.#gaps.arrived(), first: this.#first, last: this.#last, samples: this.#samples };
  }

  /** @param atMs time of a sample that has a value. */
  next(atMs: number): void {
    const gap = this.#last === undefined ? 0 : atMs - this.#last;
    // The gap itself is judged by those before it.
    if (this.#gaps.length > 0 && gap > HOLE * this.#gaps.quantile(0.5)) this.#samples = 0;
    if (gap > 0) this.#gaps.push(gap);
    this.#first ??= atMs;
    this.#last = atMs;
    this.#samples++;
  }

  /** Samples since the last hole, the present one included. */
  get sinceHole(): number {
    return this.#samples;
  }

  /** Time between the first sample and the present one. */
  get spanMs(): number {
    return (this.#last ?? 0) - (this.#first ?? 0);
  }
}
