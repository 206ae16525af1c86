import { deseasoned, meanOf, straightened } from "./season.ts";
import { type Segmentations, type SegmentKind, SHORTEST_SEGMENT, segmentations } from "./segments.ts";
import type { Direction } from "./trend.ts";

/** Changes that are looked for. */
const MOST_CHANGES = 8;
/** Longer series are looked at in so many means of neighbours: the search takes the square of it. */
const LONGEST = 2_000;
/** Parameters of a segment. */
const parameters = { constant: 1, line: 2 } as const satisfies Record<SegmentKind, number>;
const kinds = ["constant", "line"] as const;

export interface TrendHistory {
  /** Places of the first values after each change, in order. */
  readonly changePoints: readonly number[];
  /** Whether the segments are straight lines or constants. */
  readonly kind: SegmentKind;
  /** Samples in a season that was taken out first; 0 when there is none. */
  readonly period: number;
  /** Values that were no numbers. */
  readonly missing: number;
  /** Where the last segment's mean lies beside the one before; more is better. */
  readonly direction: Direction | "stable";
}

/**
 * When a finished series changed. Every number of changes and both kinds of segment are judged by the Bayesian
 * information criterion (Schwarz, Annals of Statistics 6, 1978; for change points Yao, Statistics and Probability
 * Letters 6, 1988) on the number of values that are independent (Bayley and Hammersley, Supplement to the JRSS 8,
 * 1946), with the small-sample factor of Hurvich and Tsai (Biometrika 76, 1989). In a series that wanders, a change
 * is a description and no discovery.
 *
 * Values that are no numbers are taken as lying on a line between their neighbours. Total: any series has an answer.
 */
export function trendHistory(series: readonly number[]): TrendHistory {
  const group = Math.max(1, Math.ceil(series.length / LONGEST));
  const filled = grouped(withoutHoles(series), group);
  const { values, period } = deseasoned(filled);
  const { cuts, kind } = bestCut(standardised(values));
  return {
    changePoints: cuts.map((cut) => cut * group),
    kind,
    period: period * group,
    missing: series.filter((value) => !Number.isFinite(value)).length,
    direction: directionOf(filled, cuts),
  };
}

interface Cut {
  readonly cuts: readonly number[];
  readonly kind: SegmentKind;
  readonly score: number;
}

function bestCut(z: readonly number[]): Cut {
  const n = z.length;
  const most = Math.max(0, Math.min(MOST_CHANGES, Math.floor(n / SHORTEST_SEGMENT) - 1, Math.floor(n / 10)));
  let best: Cut = { cuts: [], kind: "constant", score: Number.POSITIVE_INFINITY };
  if (n < SHORTEST_SEGMENT) return best;
  for (const kind of kinds) {
    const found = segmentations(z, kind, most);
    const independent = independentOf(z, found, kind, most);
    for (let changes = 0; changes <= most; changes++) {
      const score = criterion(found.left[changes] ?? 0, { n, independent, changes, kind });
      if (score !== undefined && score < best.score) best = { cuts: found.cuts(changes), kind, score };
    }
  }
  return best;
}

/** Smaller is better; undefined where there are too few independent values to say. */
function criterion(
  left: number,
  { n, independent, changes, kind }: { n: number; independent: number; changes: number; kind: SegmentKind },
): number | undefined {
  const p = (changes + 1) * parameters[kind] + 2 * changes + 1;
  if (changes > 0 && p > independent - 2) return undefined;
  const fit = independent * Math.log(Math.max(left, 1e-6 * n) / n);
  const price = (p * Math.log(Math.max(independent, 3)) * independent) / Math.max(independent - p - 1, 0.5);
  return fit + price;
}

/** How many of the values are worth an independent one, by what the finest cut leaves over. */
function independentOf(z: readonly number[], found: Segmentations, kind: SegmentKind, most: number): number {
  const bounds = [0, ...found.cuts(most), z.length];
  const rest = bounds.slice(1).flatMap((end, segment) => left(z.slice(bounds[segment], end), kind));
  const raw = lag1(rest);
  // Fitting hides correlation: the more the finer the cut (Marriott and Pope, Biometrika 41, 1954).
  const hidden = ((parameters[kind] + 4 * raw) * (most + 1)) / z.length;
  const correlation = Math.min(0.97, Math.max(0, raw + hidden));
  return (z.length * (1 - correlation)) / (1 + correlation);
}

function left(segment: readonly number[], kind: SegmentKind): readonly number[] {
  if (kind === "line") return straightened(segment);
  const mean = meanOf(segment);
  return segment.map((value) => value - mean);
}

function lag1(values: readonly number[]): number {
  let together = 0;
  let alone = 0;
  values.forEach((value, at) => {
    together += value * (values[at - 1] ?? 0);
    alone += value * value;
  });
  return alone === 0 ? 0 : together / alone;
}

function directionOf(values: readonly number[], cuts: readonly number[]): TrendHistory["direction"] {
  const last = cuts.at(-1);
  if (last === undefined) return "stable";
  const rise = meanOf(values.slice(last)) - meanOf(values.slice(cuts.at(-2) ?? 0, last));
  return rise > 0 ? "improving" : rise < 0 ? "degrading" : "stable";
}

function standardised(values: readonly number[]): readonly number[] {
  const mean = meanOf(values);
  const deviation = Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
  return values.map((value) => (deviation > 0 ? (value - mean) / deviation : 0));
}

function grouped(values: readonly number[], size: number): readonly number[] {
  if (size === 1) return values;
  return Array.from({ length: Math.floor(values.length / size) }, (_, at) =>
    meanOf(values.slice(at * size, (at + 1) * size)),
  );
}

function withoutHoles(series: readonly number[]): readonly number[] {
  const known = series.flatMap((value, at) => (Number.isFinite(value) ? [at] : []));
  if (known.length === series.length) return series;
  let next = 0;
  return series.map((value, at) => {
    if (Number.isFinite(value)) return value;
    while ((known[next] ?? series.length) < at) next++;
    const after = known[next];
    const before = known[next - 1];
    const low = series[before ?? after ?? -1] ?? 0;
    const high = series[after ?? before ?? -1] ?? 0;
    if (before === undefined || after === undefined) return after === undefined ? low : high;
    return low + ((high - low) * (at - before)) / (after - before);
  });
}
