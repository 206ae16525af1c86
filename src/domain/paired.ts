/** A difference, or a share, with its 95 % interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Normal quantile of a two-sided 95 % interval. */
const Z = 1.959964;

/** How both sides of a pair ended. */
export interface Pair {
  readonly first: boolean;
  readonly second: boolean;
}

/**
 * A share with its score interval: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
 * (1927). Null where nothing was counted.
 */
export function shareOf(successes: number, n: number): Estimate | null {
  if (n === 0) return null;
  const mean = successes / n;
  const middle = (successes + (Z * Z) / 2) / (n + Z * Z);
  const half = (Z / (n + Z * Z)) * Math.sqrt(n * mean * (1 - mean) + (Z * Z) / 4);
  return { mean, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/**
 * Share of the first less share of the second, both measured on the same things: Newcombe, "Improved confidence intervals
 * for the difference between binomial proportions based on paired data", Statistics in Medicine 17 (1998), method 10. Null
 * without a pair.
 */
export function pairedShares(pairs: readonly Pair[]): Estimate | null {
  const n = pairs.length;
  const count = (first: boolean, second: boolean) =>
    pairs.filter((pair) => pair.first === first && pair.second === second).length;
  const [both, onlyFirst, onlySecond, neither] = [
    count(true, true),
    count(true, false),
    count(false, true),
    count(false, false),
  ];
  const p = shareOf(both + onlyFirst, n);
  const q = shareOf(both + onlySecond, n);
  if (p === null || q === null) return null;
  const phi = likeness(both, onlyFirst, onlySecond, neither);
  const mean = p.mean - q.mean;
  const below = distance(p.mean - p.low, q.high - q.mean, phi);
  const above = distance(p.high - p.mean, q.mean - q.low, phi);
  return { mean, low: Math.max(-1, mean - below), high: Math.min(1, mean + above) };
}

/** Correlation of the two sides, drawn towards none where it is positive. */
function likeness(both: number, onlyFirst: number, onlySecond: number, neither: number): number {
  const n = both + onlyFirst + onlySecond + neither;
  const margins = (both + onlyFirst) * (onlySecond + neither) * (both + onlySecond) * (onlyFirst + neither);
  if (margins === 0) return 0;
  const cross = both * neither - onlyFirst * onlySecond;
  return (cross > 0 ? Math.max(cross - n / 2, 0) : cross) / Math.sqrt(margins);
}

function distance(a: number, b: number, phi: number): number {
  return Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
}

const RESAMPLES = 4_000;

/**
 * Mean of differences with the percentile interval of the bootstrap: Efron and Tibshirani, "An Introduction to the
 * Bootstrap" (1993), chapter 13. Null without a difference; `random` gives numbers from 0 up to 1.
 */
export function meanOf(differences: readonly number[], random: () => number): Estimate | null {
  const n = differences.length;
  if (n === 0) return null;
  const mean = differences.reduce((sum, one) => sum + one, 0) / n;
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let draw = 0; draw < n; draw++) sum += differences[Math.floor(random() * n)] ?? 0;
    return sum / n;
  }).sort();
  const at = (share: number) => means[Math.round(share * (RESAMPLES - 1))] ?? mean;
  return { mean, low: at(0.025), high: at(0.975) };
}
