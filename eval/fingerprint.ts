import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { fingerprintOf } from "../src/domain/fingerprint/fingerprint.ts";
import { FailureRecogniser } from "../src/domain/fingerprint/recogniser.ts";
import { nodeHash } from "../src/platform/hash.ts";
import type { Evaluation } from "./evaluation.ts";
import type { DataFolder } from "./folder.ts";
import { groupingAccuracy, lessonF1 } from "./grouping.ts";
import { type Metric, rounded } from "./metric.ts";

const APART = new URL("../test/fixtures/fingerprint/apart.txt", import.meta.url);
const TIMED_LINES = 32_000;

interface LogSet {
  readonly name: string;
  readonly messages: readonly string[];
  /** True groups, where the file has them. */
  readonly truth: readonly string[] | undefined;
}

/** Groups the messages of every set, in the order of the file and in the reverse order. */
export const fingerprint: Evaluation = function* (root, out) {
  const data = root.within("logs");
  const files = data.files("*.tsv", (name) => name.endsWith(".tsv") && !name.endsWith(".templates.tsv"));
  const sets = files.map((file) => readSet(data, file));
  const scores: SetScore[] = [];
  for (const set of sets) {
    const { arrival, ids } = recognised(set.messages);
    out.lines(`${set.name}.pred`, ids);
    out.lines(`${set.name}.arrival.pred`, arrival);
    if (set.truth === undefined) continue;
    const score = scoreOf(set, set.truth, ids);
    scores.push(score);
    yield* metricsOf(score);
  }
  yield* means(scores);
  yield timed(sets);
  yield apart();
};

function recognised(messages: readonly string[]): {
  readonly arrival: readonly string[];
  readonly ids: readonly string[];
} {
  const recogniser = new FailureRecogniser(nodeHash);
  const arrival = messages.map((message) => recogniser.see(message).id);
  return { arrival, ids: arrival.map((id) => recogniser.resolve(id)) };
}

const contenders = ["ours", "masks", "digits"] as const;
type Contender = (typeof contenders)[number];
const MASKS = "masks alone";
const DIGITS = "digits masked";

interface Grouping {
  readonly accuracy: number | null;
  readonly f1: number | null;
}

interface SetScore extends Readonly<Record<Contender, Grouping>> {
  readonly name: string;
  readonly lines: number;
  readonly reversed: Grouping;
}

function scoreOf({ name, messages }: LogSet, truth: readonly string[], ids: readonly string[]): SetScore {
  const grouping = (predicted: readonly string[]): Grouping => ({
    accuracy: groupingAccuracy(truth, predicted),
    f1: lessonF1(truth, predicted),
  });
  return {
    name,
    lines: messages.length,
    ours: grouping(ids),
    reversed: grouping(recognised(messages.toReversed()).ids.toReversed()),
    masks: grouping(messages.map((message) => fingerprintOf(message, nodeHash).id)),
    digits: grouping(messages.map((message) => message.replace(/\d+/g, "#"))),
  };
}

function* metricsOf(score: SetScore): Iterable<Metric> {
  for (const what of ["accuracy", "f1"] as const)
    yield {
      metric: `${NAMES[what]}.${score.name}`,
      value: digits(score.ours[what]),
      n: score.lines,
      beside: [
        { name: MASKS, value: digits(score.masks[what]) },
        { name: DIGITS, value: digits(score.digits[what]) },
        { name: "order reversed", value: digits(score.reversed[what]) },
      ],
    };
}

const NAMES = { accuracy: "grouping_accuracy", f1: "lesson_f1" } as const;

function* means(scores: readonly SetScore[]): Iterable<Metric> {
  const mean = (who: Contender, what: keyof Grouping) =>
    scores.length === 0
      ? null
      : digits(scores.reduce((sum, score) => sum + (score[who][what] ?? 0), 0) / scores.length);
  for (const [what, limit] of [
    ["accuracy", 0.98],
    ["f1", 0.95],
  ] as const)
    yield {
      metric: `${NAMES[what]}.mean`,
      value: mean("ours", what),
      n: scores.length,
      bar: { must: "at least", limit },
      beside: [
        { name: MASKS, value: mean("masks", what) },
        { name: DIGITS, value: mean("digits", what) },
      ],
    };
  const moved = scores.map(({ ours, reversed }) => Math.abs((ours.accuracy ?? 0) - (reversed.accuracy ?? 0)));
  yield {
    metric: "order_reversed.largest_difference",
    value: moved.length === 0 ? null : rounded(Math.max(...moved)),
    n: scores.length,
    bar: { must: "at most", limit: 0.02 },
  };
}

/** The lines of all sets, over and over, as one stream. */
function timed(sets: readonly LogSet[]): Metric {
  const messages = sets.flatMap((set) => set.messages);
  const recogniser = new FailureRecogniser(nodeHash);
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (let n = 0; n < TIMED_LINES; n++) recogniser.see(messages[n % Math.max(1, messages.length)] ?? "");
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    metric: "seconds_for_32000_lines",
    value: rounded(seconds),
    n: TIMED_LINES,
    bar: { must: "at most", limit: 3 },
    note: `by the clock; ${((user + system) / 1e6).toFixed(2)} s of a core`,
  };
}

/** Messages of our own that are all different failures. */
function apart(): Metric {
  const messages = readFileSync(APART, "utf8").trim().split("\n");
  const groups = new Set(recognised(messages).ids);
  return {
    metric: "different_failures_merged",
    value: messages.length - groups.size,
    n: messages.length,
    bar: { must: "at most", limit: 0 },
  };
}

function digits(value: number | null): number | null {
  return value === null ? null : rounded(value);
}

function readSet(data: DataFolder, file: string): LogSet {
  const rows = data.allLines(file).map((line) => line.text.split("\t"));
  const truth = rows.map(([, event, corrected]) => corrected ?? event);
  return {
    name: file.replace(/\.tsv$/, ""),
    messages: rows.map(([content = ""]) => unescaped(content)),
    truth: truth.every((label) => label !== undefined) ? truth : undefined,
  };
}

const ESCAPED: Readonly<Record<string, string>> = { "\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r" };

function unescaped(text: string): string {
  return text.replace(/\\[\\tnr]/g, (escaped) => ESCAPED[escaped] ?? escaped);
}
