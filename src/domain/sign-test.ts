/**
 * Chance that at least `lost` of `n` pairs that differ are lost where either side is as likely (Dixon and Mood, The
 * statistical sign test, JASA 41, 1946).
 */
export function signTail(lost: number, n: number): number {
  let term = 0.5 ** n;
  let tail = 0;
  // From all lost downwards: C(n, n), C(n, n - 1), …
  for (let k = n; k >= lost; k--) {
    tail += term;
    term *= k / (n - k + 1);
  }
  return tail;
}
