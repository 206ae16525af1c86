/**
 * Puts a value where it belongs among the best so far, which are in order, and lets go of what is beyond the first `n`.
 * Expects a small `n`, and no two that compare as equal.
 */
export function keepBest<T>(best: T[], value: T, n: number, compare: (a: T, b: T) => number): void {
  const last = best[n - 1];
  if (last !== undefined && compare(value, last) > 0) return;
  let at = Math.min(best.length, n - 1);
  for (; at > 0; at -= 1) {
    const before = best[at - 1];
    if (before === undefined || compare(before, value) < 0) break;
    best[at] = before;
  }
  best[at] = value;
}
