const SHORTEST = 3;
const LONGEST = 60;
/** Correlation of the changes from which a series is called seasonal. */
const SEASONAL = 0.4;

/** What remains of a series without its season; the period is 0 when it has none. */
export interface Deseasoned {
  readonly values: readonly number[];
  readonly period: number;
}

/**
 * Takes the season out: the period at which changes resemble each other most, and for each of its phases the median
 * departure from a straight line (classical decomposition with medians; Cleveland et al., Journal of Official
 * Statistics 6, 1990, on why robust ones). At least four periods must be there.
 */
export function deseasoned(values: readonly number[]): Deseasoned {
  const rest = straightened(values);
  const period = periodOf(rest.slice(1).map((value, at) => value - (rest[at] ?? 0)));
  if (period === 0) return { values, period };
  const phases = Array.from({ length: period }, (_, phase) => medianOf(rest.filter((_, at) => at % period === phase)));
  const centre = meanOf(phases);
  return { values: values.map((value, at) => value - ((phases[at % period] ?? 0) - centre)), period };
}

/** What a straight line leaves over. */
export function straightened(values: readonly number[]): readonly number[] {
  const middle = (values.length - 1) / 2;
  const mean = meanOf(values);
  let together = 0;
  let alone = 0;
  values.forEach((value, at) => {
    together += (at - middle) * (value - mean);
    alone += (at - middle) ** 2;
  });
  const slope = alone === 0 ? 0 : together / alone;
  return values.map((value, at) => value - mean - slope * (at - middle));
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function periodOf(changes: readonly number[]): number {
  const mean = meanOf(changes);
  const spread = changes.reduce((sum, change) => sum + (change - mean) ** 2, 0);
  if (!(spread > 0)) return 0;
  const likeness = (lag: number) => {
    let sum = 0;
    for (let at = lag; at < changes.length; at++)
      sum += ((changes[at] ?? 0) - mean) * ((changes[at - lag] ?? 0) - mean);
    return sum / spread;
  };
  const longest = Math.min(Math.floor((changes.length + 1) / 4), LONGEST);
  let period = 0;
  let most = SEASONAL;
  for (let lag = SHORTEST; lag <= longest; lag++) {
    const here = likeness(lag);
    if (here <= most || here < likeness(lag - 1) || here < likeness(lag + 1)) continue;
    period = lag;
    most = here;
  }
  return period;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const above = sorted[sorted.length >> 1] ?? 0;
  return sorted.length % 2 === 1 ? above : (above + (sorted[sorted.length / 2 - 1] ?? 0)) / 2;
}
