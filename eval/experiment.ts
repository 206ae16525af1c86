import { z } from "zod";
import { Trial } from "../src/domain/trial.ts";
import type { Evaluation } from "./evaluation.ts";
import { bases, type Pair, simulatedPairs, writtenPairs } from "./experiment-pairs.ts";
import { eagerVerdict, oneLookVerdict, type Verdict } from "./experiment-rivals.ts";
import { type Metric, rounded } from "./metric.ts";

const PAIRS = "pairs.jsonl";
const outcome = z.union([z.literal(0), z.literal(1)]);
const pair = z
  .object({
    pair: z.union([z.string(), z.number()]),
    control: z.array(outcome).max(250),
    candidate: z.array(outcome).max(250),
  })
  .refine(({ control, candidate }) => control.length === candidate.length, {
    message: "control and candidate have different lengths; block n is the nth of each",
  });

/** Judges the pairs of `pairs.jsonl`, which it writes itself where they are to be simulated, then others whose truth is known. */
export const experiment: Evaluation = function* (data, out, { simulate: isSimulated = false } = {}) {
  if (isSimulated) out.records(PAIRS, writtenPairs());
  const pairs = data.records(PAIRS, pair);
  const decisions = pairs.map((each) => ({ pair: each.pair, ...judged(each) }));
  out.records("decisions.jsonl", decisions);
  for (const decision of ["keep", "rollback", "inconclusive"] as const)
    yield {
      metric: `pairs.${decision}`,
      value: decisions.filter((each) => each.decision === decision).length,
      n: decisions.length,
      beside: [
        { name: EAGER, value: pairs.filter((each) => eagerVerdict(each) === decision).length },
        { name: ONE_LOOK, value: pairs.filter((each) => oneLookVerdict(each) === decision).length },
      ],
    };
  for (const base of bases) yield* simulation(base);
};

const EAGER = "posterior above .95 at every task";
const ONE_LOOK = "one look after 250";

function judged({ control, candidate }: Pair): { readonly decision: Verdict; readonly tasks: number } {
  const trial = new Trial();
  for (let n = 0; n < control.length && trial.standing.verdict === "running"; n++)
    trial.add({ control: control[n] === 1, candidate: candidate[n] === 1 });
  const { verdict, blocks } = trial.standing;
  // A stream that ends early proves nothing either way: the old version stays.
  return { decision: verdict === "running" ? "inconclusive" : verdict, tasks: blocks };
}

const TRIALS = 4_000;

/** Trials whose truth is known, at one success rate of the control. */
function* simulation(base: number): Iterable<Metric> {
  const equal = simulatedPairs(base, "equal", TRIALS).map(decided);
  yield {
    metric: `simulated.equal_judged_wrongly.${base}`,
    ...shareOf(equal, (verdict) => verdict !== "inconclusive"),
    bar: { must: "at most", limit: 0.05 },
  };
  const worse = simulatedPairs(base, "worse by 20", TRIALS).map(decided);
  yield {
    metric: `simulated.worse_by_20_rolled_back.${base}`,
    ...shareOf(worse, (verdict) => verdict === "rollback"),
    bar: { must: "at least", limit: 0.98 },
  };
  const tasks = worse.flatMap(({ ours }) => (ours.decision === "rollback" ? [ours.tasks] : [])).sort((a, b) => a - b);
  yield {
    metric: `simulated.worse_by_20_tasks_an_arm_median.${base}`,
    value: tasks[tasks.length >> 1] ?? null,
    n: tasks.length,
    bar: { must: "at most", limit: 130 },
    beside: [{ name: ONE_LOOK, value: 250 }],
  };
  const slightly = simulatedPairs(base, "worse by 10", TRIALS).map(decided);
  const rolledBack = shareOf(slightly, (verdict) => verdict === "rollback");
  const atTheEnd = shareAt(slightly, "oneLook", (verdict) => verdict === "rollback");
  yield {
    metric: `simulated.worse_by_10_rolled_back.${base}`,
    ...rolledBack,
    bar: { must: "at least", limit: rounded(atTheEnd - 0.05) },
    note: "the bar is one look at the end, less .05",
  };
}

interface Simulated {
  readonly ours: { readonly decision: Verdict; readonly tasks: number };
  readonly eager: Verdict;
  readonly oneLook: Verdict;
}

function decided(pair: Pair): Simulated {
  return { ours: judged(pair), eager: eagerVerdict(pair), oneLook: oneLookVerdict(pair) };
}

function shareOf(trials: readonly Simulated[], is: (verdict: Verdict) => boolean) {
  return {
    value: rounded(trials.filter(({ ours }) => is(ours.decision)).length / trials.length),
    n: trials.length,
    beside: [
      { name: EAGER, value: shareAt(trials, "eager", is) },
      { name: ONE_LOOK, value: shareAt(trials, "oneLook", is) },
    ],
  };
}

function shareAt(trials: readonly Simulated[], who: "eager" | "oneLook", is: (verdict: Verdict) => boolean): number {
  return rounded(trials.filter((each) => is(each[who])).length / trials.length);
}
