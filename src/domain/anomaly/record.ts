/** A record older than this many blocks is forgotten: one huge spike must not hide all later ones. */
const BLOCKS = 64;
const BLOCK = 64;
/** Samples that set the first range and are no records themselves. */
const WARM_UP = 100;
/** A record lies so much of the range beyond it. */
const BEYOND = 0.05;
/** After a record so many samples are none. */
const QUIET = 60;

interface Range {
  readonly high: number;
  readonly low: number;
}

export interface SavedRecords {
  readonly blocks: readonly Range[];
  readonly count: number;
  /** Null before the first. */
  readonly toldAt: number | null;
}

/** Whether a value is higher or lower than any of the 4,096 before it, and clearly so. */
export class Records {
  readonly #blocks: { high: number; low: number }[] = [];
  #count = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(saved?: SavedRecords) {
    if (saved === undefined) return;
    this.#blocks.push(...saved.blocks.map(({ high, low }) => ({ high, low })));
    this.#count = saved.count;
    this.#toldAt = saved.toldAt ?? Number.NEGATIVE_INFINITY;
  }

  saved(): SavedRecords {
    const toldAt = Number.isFinite(this.#toldAt) ? this.#toldAt : null;
    return { blocks: this.#blocks.map(({ high, low }) => ({ high, low })), count: this.#count, toldAt };
  }

  /** @param ripe false while the series may still be showing its usual range for the first time. */
  next(value: number, ripe: boolean): "high" | "low" | undefined {
    const record =
      ripe && this.#count >= WARM_UP && this.#count - this.#toldAt >= QUIET ? this.#judge(value) : undefined;
    if (record !== undefined) this.#toldAt = this.#count;
    this.#remember(value);
    return record;
  }

  #judge(value: number): "high" | "low" | undefined {
    const high = this.#blocks.reduce((most, block) => Math.max(most, block.high), Number.NEGATIVE_INFINITY);
    const low = this.#blocks.reduce((least, block) => Math.min(least, block.low), Number.POSITIVE_INFINITY);
    const margin = BEYOND * (high - low);
    if (margin <= 0) return undefined;
    if (value > high + margin) return "high";
    return value < low - margin ? "low" : undefined;
  }

  #remember(value: number): void {
    const block = this.#blocks.at(-1);
    if (block === undefined || this.#count % BLOCK === 0) {
      this.#blocks.push({ high: value, low: value });
      if (this.#blocks.length > BLOCKS) this.#blocks.shift();
    } else {
      block.high = Math.max(block.high, value);
      block.low = Math.min(block.low, value);
    }
    this.#count++;
  }
}
