import type { Run } from "./api.ts";

/** How long it took from the event that told of an error to the verdict that it is fixed. */
export interface FixTimes {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Of the runs that were fixed and stayed so; null while there is none. */
export function fixTimes(runs: readonly Run[]): FixTimes | null {
  const times = runs
    .flatMap(({ outcome, settledAtMs, trigger }) =>
      outcome === "fixed" && settledAtMs !== undefined ? [settledAtMs - trigger.atMs] : [],
    )
    .sort((a, b) => a - b);
  const max = times.at(-1);
  return max === undefined ? null : { n: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95), max };
}

/** The smallest of the sorted values that at least the share `q` does not exceed. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
