import { type Estimate, meanOf, type Pair, pairedShares, shareOf } from "../../domain/paired.ts";
import { spreadOf } from "../../domain/spread.ts";
import { chanceOf } from "../../simulation/chance.ts";
import { type ArmName, armNames } from "./arms.ts";
import type { Ending, Outcome } from "./compare.ts";
import { faults } from "./faults.ts";

/** A failure that was not fixed counts as so long: by then somebody would have looked. */
export const HORIZON_MS = 10_000;

export interface RunResult {
  readonly fixed: number;
  readonly n: number;
  readonly rate: Estimate | null;
  /** Median over what was fixed. */
  readonly medianMs: number | null;
  /** Mean over everything, up to the horizon. */
  readonly meanMs: number | null;
  readonly attempts: number;
}

export interface Difference {
  readonly first: ArmName;
  readonly second: ArmName;
  /** Share fixed in the first less share fixed in the second. */
  readonly rate: Estimate | null;
  /** Mean time to fix in the first less that in the second, in ms. */
  readonly timeMs: Estimate | null;
}

export interface KindResult {
  readonly fault: string;
  readonly n: number;
  readonly fixed: Readonly<Record<ArmName, number>>;
}

export interface Verdict {
  readonly proven: boolean;
  /** What was found, and what is missing for a proof, in sentences. */
  readonly findings: readonly Finding[];
  readonly runs: Readonly<Record<ArmName, RunResult>>;
  readonly differences: readonly Difference[];
  readonly kinds: readonly KindResult[];
  /** Jobs that did not fail in the run without memory: the fault did not show, and they are left out. */
  readonly leftOut: number;
}

export interface Finding {
  readonly holds: boolean;
  readonly text: string;
}

/** What the endings of the same jobs in three runs say. A function of them and the seed alone. */
export function judge(every: readonly Outcome[], seed: number, stands: boolean): Verdict {
  const outcomes = every.filter(({ ends: { off } }) => off.attempts > 1 || !off.fixed);
  const random = chanceOf(seed, "prove/resample");
  const between = (first: ArmName, second: ArmName): Difference => ({
    first,
    second,
    rate: pairedShares(outcomes.map(({ ends }): Pair => ({ first: ends[first].fixed, second: ends[second].fixed }))),
    timeMs: meanOf(
      outcomes.map(({ ends }) => timeOf(ends[first]) - timeOf(ends[second])),
      () => random.random(),
    ),
  });
  const lift = between("on", "off");
  const placebo = between("shuffled", "off");
  const content = between("on", "shuffled");
  const findings: readonly Finding[] = [
    { holds: isAbove(lift.rate), text: "with memory more is fixed than without" },
    { holds: isBelow(lift.timeMs), text: "with memory it is fixed sooner than without" },
    { holds: placebo.rate !== null && !isAbove(placebo.rate), text: "shuffled lessons do not help" },
    { holds: isAbove(content.rate), text: "lessons of the failure itself help more than shuffled ones" },
    { holds: stands, text: "what each run's memory held stood unchanged to its end" },
  ];
  return {
    proven: findings.every(({ holds }) => holds),
    findings,
    runs: { off: resultOf("off", outcomes), on: resultOf("on", outcomes), shuffled: resultOf("shuffled", outcomes) },
    differences: [lift, placebo, content],
    kinds: faults.map(({ name }) => kindOf(name, outcomes)),
    leftOut: every.length - outcomes.length,
  };
}

const isAbove = (estimate: Estimate | null) => estimate !== null && estimate.low > 0;
const isBelow = (estimate: Estimate | null) => estimate !== null && estimate.high < 0;

/** Restricted to the horizon, as survival times are compared of which some were never seen to end. */
function timeOf({ fixed, tookMs }: Ending): number {
  return fixed ? Math.min(tookMs, HORIZON_MS) : HORIZON_MS;
}

function resultOf(name: ArmName, outcomes: readonly Outcome[]): RunResult {
  const ends = outcomes.map((outcome) => outcome.ends[name]);
  const fixed = ends.filter((one) => one.fixed);
  const total = ends.reduce((sum, one) => sum + timeOf(one), 0);
  return {
    fixed: fixed.length,
    n: ends.length,
    rate: shareOf(fixed.length, ends.length),
    medianMs: spreadOf(fixed.map(({ tookMs }) => tookMs))?.p50 ?? null,
    meanMs: ends.length === 0 ? null : Math.round(total / ends.length),
    attempts: ends.reduce((sum, { attempts }) => sum + attempts, 0),
  };
}

function kindOf(fault: string, outcomes: readonly Outcome[]): KindResult {
  const own = outcomes.filter(({ item }) => item.fault.name === fault);
  const count = (name: ArmName) => own.filter(({ ends }) => ends[name].fixed).length;
  const [off = 0, on = 0, shuffled = 0] = armNames.map(count);
  return { fault, n: own.length, fixed: { off, on, shuffled } };
}
