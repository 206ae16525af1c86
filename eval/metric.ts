/** What a metric has to reach on the development half of the data. */
export interface Bar {
  readonly must: "at least" | "at most";
  readonly limit: number;
}

/** One measured number, and what the naive rival reaches on the same data in the same run. */
export interface Metric {
  /** What was measured, the data set last where there are several: `grouping_accuracy.mean`. */
  readonly metric: string;
  /** Null where there was nothing to measure. */
  readonly value: number | null;
  /** On how many cases it rests. */
  readonly n: number;
  readonly bar?: Bar;
  readonly beside?: readonly { readonly name: string; readonly value: number | null }[];
  readonly note?: string;
}

/** A metric as it is printed. Without a bar there is nothing to meet. */
export type JudgedMetric = Metric & { readonly eval: string; readonly met?: boolean };

/** A bar whose number was not measured is not met. */
export function judge(name: string, metric: Metric): JudgedMetric {
  const { value, bar } = metric;
  if (bar === undefined) return { eval: name, ...metric };
  const met = value !== null && (bar.must === "at least" ? value >= bar.limit : value <= bar.limit);
  return { eval: name, ...metric, met };
}

/** Six digits: enough to compare, and the same on every machine. */
export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
