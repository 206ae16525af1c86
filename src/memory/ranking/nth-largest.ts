/** The value at place `n` (from 1) when all are in falling order; 0 when there are fewer. Expects nothing below 0, and a small `n`. */
export function nthLargest(values: Float64Array, n: number): number {
  // The best so far in rising order; the first of them is what a newcomer has to beat.
  const best = new Float64Array(n);
  for (const value of values) {
    if (value <= (best[0] ?? 0)) continue;
    let at = 0;
    for (; at + 1 < n && (best[at + 1] ?? 0) < value; at += 1) best[at] = best[at + 1] ?? 0;
    best[at] = value;
  }
  return best[0] ?? 0;
}
