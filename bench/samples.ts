import { performance } from "node:perf_hooks";

/** Nearest-rank quantiles: each is a number that was really measured. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Numbers collected without making garbage while they are measured. */
export class Samples {
  #values = new Float64Array(65_536);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const grown = new Float64Array(2 * this.#count);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#count++] = value;
  }

  /** @throws when nothing was measured */
  spread(): Spread {
    const sorted = this.#values.slice(0, this.#count).sort();
    const at = (share: number) => {
      const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
      if (value === undefined) throw new Error("nothing was measured");
      return rounded(value);
    };
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
  }
}

/** Four significant digits: what lies behind them is noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function perSecond(count: number, elapsedMs: number): number {
  return rounded((1000 * count) / elapsedMs);
}

/** Runs `work` once and gives the milliseconds it took. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
