/** How measured values lie; all in the unit of the values. */
export interface Spread {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Percentiles by nearest rank: each is a value that was measured. Null while nothing was. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * n) - 1)] ?? 0;
  return { n, p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), max: rank(1) };
}
