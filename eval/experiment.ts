import { z } from "zod";
import { Trial } from "../src/domain/trial.ts";
import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";
import type { Evaluation } from "./evaluation.ts";
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

type Pair = Pick<z.infer<typeof pair>, "control" | "candidate">;

/** Judges the pairs of `pairs.jsonl`, then simulated ones whose truth is known. */
export const experiment: Evaluation = function* (data, out) {
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
  for (const base of [0.3, 0.5, 0.7, 0.9]) yield* simulation(base);
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
  const chance = new SeededEntropy(Math.round(base * 1_000));
  const equal = simulate(chance, base, base);
  yield {
    metric: `simulated.equal_judged_wrongly.${base}`,
    ...shareOf(equal, (verdict) => verdict !== "inconclusive"),
    bar: { must: "at most", limit: 0.05 },
  };
  const worse = simulate(chance, base, base - 0.2);
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
  const slightly = simulate(chance, base, base - 0.1);
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

function simulate(chance: SeededEntropy, control: number, candidate: number): readonly Simulated[] {
  const draw = (rate: number) => Array.from({ length: 250 }, () => (chance.random() < rate ? 1 : 0));
  return Array.from({ length: TRIALS }, () => {
    const each = { control: draw(control), candidate: draw(candidate) };
    return { ours: judged(each), eager: eagerVerdict(each), oneLook: oneLookVerdict(each) };
  });
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
