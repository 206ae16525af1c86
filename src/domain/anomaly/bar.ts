/** Samples of which one maximum is kept. */
const BLOCK = 48;
/** Maxima that are remembered. */
const KEEP = 48;
/** Maxima that must be known before anything is called surprising. */
const NEEDED = 8;
/** Surprise from which a series has left its habits, in units of the bar. */
export const SURPRISING = 5;
/** The scale is at least this part of the usual maximum. */
const RELATIVE = 0.2;
/** Standard deviation to scale of a Gumbel law, and Euler's constant, its mean in units of the scale. */
const SCALE = Math.sqrt(6) / Math.PI;
const EULER = 0.5772156649;

export interface SavedBar {
  readonly maxima: readonly number[];
  readonly samples: number;
  /** Of the open block; null before its first value. */
  readonly largest: number | null;
}

/**
 * How surprising a value is beside the largest ones of past blocks of its own history: block maxima follow a Gumbel law
 * (Gumbel, Statistics of Extremes, 1958; fitted by moments), so the bar needs no threshold of anybody's making.
 */
export class Bar {
  readonly #floor: number;
  readonly #maxima: number[] = [];
  #samples = 0;
  #largest = Number.NEGATIVE_INFINITY;
  #law: { readonly at: number; readonly scale: number } | undefined;

  /**
   * @param floor smallest scale, in units of the values: differences below it are nobody's concern.
   * @param saved where another bar of the same floor stood
   */
  constructor(floor: number, saved?: SavedBar) {
    this.#floor = floor;
    if (saved === undefined) return;
    this.#maxima.push(...saved.maxima);
    this.#samples = saved.samples;
    this.#largest = saved.largest ?? Number.NEGATIVE_INFINITY;
    if (this.#maxima.length >= NEEDED) this.#law = this.#fit();
  }

  saved(): SavedBar {
    const largest = Number.isFinite(this.#largest) ? this.#largest : null;
    return { maxima: [...this.#maxima], samples: this.#samples, largest };
  }

  /** Surprise of the next value, one the usual distance above the usual maximum; undefined while there is too little history. */
  next(value: number): number | undefined {
    const surprise = this.#law === undefined ? undefined : (value - this.#law.at) / this.#law.scale;
    this.#largest = Math.max(this.#largest, value);
    this.#samples++;
    if (this.#samples % BLOCK === 0) this.#close();
    return surprise;
  }

  #close(): void {
    this.#maxima.push(this.#largest);
    if (this.#maxima.length > KEEP) this.#maxima.shift();
    this.#largest = Number.NEGATIVE_INFINITY;
    if (this.#maxima.length >= NEEDED) this.#law = this.#fit();
  }

  /** The largest maximum may be the anomaly itself: it counts as no more than what is just surprising beside the others. */
  #fit() {
    const n = this.#maxima.length;
    const sorted = [...this.#maxima].sort((a, b) => a - b);
    const others = sorted.slice(0, -1);
    const usual = meanOf(others);
    const scale = Math.max(
      SCALE * Math.sqrt(squaresAround(others, usual) / (n - 2)),
      RELATIVE * Math.abs(usual),
      this.#floor,
    );
    const capped = [...others, Math.min(sorted.at(-1) ?? 0, usual + SURPRISING * scale)];
    const mean = meanOf(capped);
    const spread = SCALE * Math.sqrt(squaresAround(capped, mean) / (n - 1));
    return {
      at: mean - EULER * spread,
      scale: Math.max(spread, RELATIVE * Math.abs(mean), this.#floor) * (1 + 1 / n),
    };
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function squaresAround(values: readonly number[], centre: number): number {
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}
