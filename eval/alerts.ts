import { z } from "zod";
import { AnomalyDetector } from "../src/domain/anomaly/detector.ts";
import { zScoreAlerts } from "./alerts-rivals.ts";
import type { Evaluation } from "./evaluation.ts";
import type { DataFolder } from "./folder.ts";
import { type Metric, rounded } from "./metric.ts";
import { type LabelledSeries, nabScore, normalised, type Profile, profiles } from "./nab-score.ts";
import { type Sample, samplesOf } from "./nab-series.ts";

const time = z.number();
const label = z.object({
  file: z.string(),
  probation: z.number().int().nonnegative(),
  windows: z.array(z.tuple([time, time])),
});
const check = z.object({
  detector: z.string(),
  file: z.string(),
  alerts: z.array(time),
  expected_raw_standard: z.number(),
});

type Detect = (samples: readonly Sample[]) => readonly number[];

interface Judged {
  readonly file: string;
  readonly series: LabelledSeries;
  readonly ours: readonly number[];
  readonly rival: readonly number[];
}

/** Looks for anomalies in every series, and scores the alerts where windows are labelled. */
export const alerts: Evaluation = function* (root, out) {
  const data = root.within("nab");
  const files = data.files("CSV file", (name) => name.endsWith(".csv"));
  const labels = data.has("labels.json") ? data.json("labels.json", z.array(label)) : [];
  const judged: Judged[] = [];
  let total = 0;
  let length = 0;
  let missing = 0;
  for (const file of files) {
    const samples = samplesOf(data, file);
    length += samples.length;
    missing += samples.filter(({ value }) => !Number.isFinite(value)).length;
    const ours = detected(samples);
    total += ours.length;
    out.lines(`${file}.alerts`, ours);
    const known = labels.find((each) => each.file === file);
    if (known === undefined) continue;
    const series = { times: samples.map(({ epoch }) => epoch), probation: known.probation, windows: known.windows };
    judged.push({ file, series, ours, rival: zScoreAlerts(samples) });
  }
  yield { metric: "alerts", value: total, n: files.length };
  yield { metric: "values_missing", value: missing, n: length, note: "passed over, as if they had not come" };
  yield* scored(judged);
  if (data.has("scorer_selfcheck.json")) yield scorerCheck(data, judged);
};

const RIVAL = "z-score above 4 over the last 256, one alert in 72 samples";

function* scored(judged: readonly Judged[]): Iterable<Metric> {
  const score = (who: "ours" | "rival", profile: Profile) => {
    const value = normalised(
      judged.map((each) => nabScore(each.series, each[who], profile)),
      profile,
    );
    return value === null ? null : rounded(value);
  };
  const falseAlerts = (who: "ours" | "rival") =>
    judged.reduce((sum, each) => sum + nabScore(each.series, each[who], profiles.standard).falseAlerts, 0);
  const quiet = judged.filter(({ series }) => series.windows.length === 0);
  const onQuiet = (who: "ours" | "rival") => quiet.reduce((sum, each) => sum + each[who].length, 0);
  const windows = judged.reduce((sum, { series }) => sum + series.windows.length, 0);
  const n = judged.length;
  yield {
    metric: "nab.standard",
    value: score("ours", profiles.standard),
    n: windows,
    bar: { must: "at least", limit: 82 },
    beside: [{ name: RIVAL, value: score("rival", profiles.standard) }],
  };
  yield {
    metric: "nab.low_false_positives",
    value: score("ours", profiles.lowFalsePositives),
    n: windows,
    bar: { must: "at least", limit: 80 },
    beside: [{ name: RIVAL, value: score("rival", profiles.lowFalsePositives) }],
  };
  yield {
    metric: "false_alerts",
    value: falseAlerts("ours"),
    n,
    bar: { must: "at most", limit: 10 },
    beside: [{ name: RIVAL, value: falseAlerts("rival") }],
  };
  yield {
    metric: "alerts_on_series_without_anomaly",
    value: onQuiet("ours"),
    n: quiet.length,
    bar: { must: "at most", limit: 0 },
    beside: [{ name: RIVAL, value: onQuiet("rival") }],
    note: "all alerts, the first part of the series included",
  };
}

/** Whether the scorer gives alert times of known detectors the score that they are known to have. */
function scorerCheck(data: DataFolder, judged: readonly Judged[]): Metric {
  const checks = data.json("scorer_selfcheck.json", z.array(check));
  const wrong = checks.filter((each) => {
    const series = judged.find(({ file }) => file === each.file)?.series;
    if (series === undefined) return true;
    return Math.abs(nabScore(series, each.alerts, profiles.standard).raw - each.expected_raw_standard) > 1e-5;
  });
  return { metric: "scorer.wrong", value: wrong.length, n: checks.length, bar: { must: "at most", limit: 0 } };
}

const detected: Detect = (samples) => {
  const detector = new AnomalyDetector();
  return samples
    .flatMap(({ epoch, value }) => detector.update(1_000 * epoch, value)?.atMs ?? [])
    .map((atMs) => atMs / 1_000);
};
