import { z } from "zod";
import { trendHistory } from "../src/domain/trend-history.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Metric, rounded } from "./metric.ts";
import { jumps } from "./trend-rivals.ts";

const FILE = "tcpd.jsonl";
const place = z.number().int().nonnegative();
const series = z.object({
  name: z.string(),
  /** The first dimension is looked at; null is a hole. */
  series: z.array(z.array(z.number().nullable())).min(1),
  /** Change points by annotator: the first places after each change. */
  annotations: z.record(z.string(), z.array(place)).optional(),
});

const MARGIN = 5;
const NEVER = "no change ever";
const JUMPS = "means of the 10 before and the 10 after differ by 3 standard errors";

/** Says when each series changed, and compares that with what people said. */
export const trend: Evaluation = function* (data, out) {
  const found = data.records(FILE, series).map(({ name, series: [values = []], annotations }) => {
    const numbers = values.map((value) => value ?? Number.NaN);
    return { name, annotations, numbers, history: trendHistory(numbers) };
  });
  out.records(
    "trend.jsonl",
    found.map(({ name, history: { changePoints, direction } }) => ({ name, changePoints, direction })),
  );
  const scores = found.flatMap(({ name, annotations, numbers, history }) => {
    if (annotations === undefined || Object.keys(annotations).length === 0) return [];
    const score = (changePoints: readonly number[]) => coverage(Object.values(annotations), changePoints);
    return [{ name, ours: score(history.changePoints), never: score([]), jumps: score(jumps(numbers)) }];
  });
  yield {
    metric: "values_missing",
    value: found.reduce((sum, { history }) => sum + history.missing, 0),
    n: found.reduce((sum, { numbers }) => sum + numbers.length, 0),
    note: "taken as lying on a line between their neighbours",
  };
  for (const { name, ours, never, jumps: jumped } of scores)
    yield { metric: `f1.${name}`, ...compared(ours, never, jumped), n: 1 };
  const mean = (who: "ours" | "never" | "jumps") =>
    scores.length === 0 ? null : scores.reduce((sum, each) => sum + each[who], 0) / scores.length;
  yield {
    metric: "f1.mean",
    ...compared(mean("ours"), mean("never"), mean("jumps")),
    n: scores.length,
    bar: { must: "at least", limit: 0.8 },
  };
};

function compared(ours: number | null, never: number | null, jumped: number | null): Pick<Metric, "value" | "beside"> {
  const six = (value: number | null) => (value === null ? null : rounded(value));
  return {
    value: six(ours),
    beside: [
      { name: NEVER, value: six(never) },
      { name: JUMPS, value: six(jumped) },
    ],
  };
}

/**
 * F1 as the benchmark defines it (van den Burg and Williams, An evaluation of change point detection algorithms, 2020):
 * precision over all that any annotator marked, recall as the mean over annotators; the begin of the series is a change
 * that everybody finds.
 */
export function coverage(annotators: readonly (readonly number[])[], changePoints: readonly number[]): number {
  const found = new Set([0, ...changePoints]);
  const marked = annotators.map((each) => new Set([0, ...each]));
  const anybody = new Set(marked.flatMap((each) => [...each]));
  const precision = hits(anybody, found) / found.size;
  const recall = marked.reduce((sum, each) => sum + hits(each, found) / each.size, 0) / marked.length;
  return (2 * precision * recall) / (precision + recall);
}

/** How many of `marked` have a place in `found` near them that no other has taken. */
function hits(marked: ReadonlySet<number>, found: ReadonlySet<number>): number {
  const free = new Set(found);
  let count = 0;
  for (const mark of [...marked].sort((a, b) => a - b)) {
    const near = [...free].filter((at) => Math.abs(at - mark) <= MARGIN);
    const [nearest] = near.sort((a, b) => Math.abs(a - mark) - Math.abs(b - mark));
    if (nearest === undefined) continue;
    free.delete(nearest);
    count++;
  }
  return count;
}
