/**
 * The value at place `n` (from 1) when all that count are in falling order; 0 when there are fewer. Expects nothing below 0,
 * and a small `n`.
 *
 * @param counts whether the value at an index does; asked only of values that would move the answer
 */
export function nthLargest(values: Float64Array, n: number, counts: (index: number) => boolean = always): number {
  // The best so far in rising order; the first of them is what a newcomer has to beat.
  const best = new Float64Array(n);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    if (value <= (best[0] ?? 0) || !counts(index)) continue;
    let at = 0;
    for (; at + 1 < n && (best[at + 1] ?? 0) < value; at += 1) best[at] = best[at + 1] ?? 0;
    best[at] = value;
  }
  return best[0] ?? 0;
}

function always(): boolean {
  return true;
}
