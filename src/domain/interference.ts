import { signTail } from "./sign-test.ts";
import { Trial } from "./trial.ts";
import type { Arrival } from "./trial-record.ts";

/** How a task that was done under the present version ended. */
export interface Outcome {
  /** A number that grows from one task's beginning to the next one's. */
  readonly began: number;
  /** Id of the task, where it failed. */
  readonly failed?: string | undefined;
}

/**
 * Tasks before a trial that are compared: the newest so many, and no comparison below so few. `wrong` bounds the chance that
 * a trial which does nothing to the present version is stopped; failures that stand as close together at the end as chance
 * puts them with less than `crowded` began there; and nothing is kept while chance alone makes the present version look as bad
 * with less than `doubt`.
 */
export const BEFORE = { most: 100, least: 12, wrong: 0.03, crowded: 0.1, doubt: 0.2 } as const;

export interface Failures {
  readonly failed: number;
  readonly tasks: number;
}

export interface InterferenceReading {
  readonly verdict: "too_few" | "not_worse" | "worse";
  /** Tasks of the present version before the trial, and of its own since. */
  readonly before: Failures;
  readonly since: Failures;
  /** It looks worse, and further tasks may still show that it is: until then there is nothing to be kept. */
  readonly isInDoubt: boolean;
}

/**
 * Whether the present version itself began to fail more while another one was tried beside it. It is unchanged, so either
 * the trial spills over to its tasks (interference between units: Cox, Planning of Experiments, 1958, 2.4; Hudgens and
 * Halloran, JASA 103, 2008), which the comparison of the two versions cannot see, or the world has changed.
 *
 * The judge is the trial's own, exact at every look: pairs of a task before, the newest first, and one since, in the order
 * in which they were given out. While nothing changes, the chance that it ever says worse is at most `BEFORE.wrong`. A trial
 * begins because of failures, so the newest tasks before it look worse than usual: that makes it slower, never wrong more often.
 * The comparison of the two versions may be over sooner, as in it every such failure is a gain of the new one: while the
 * present one is in doubt, that has to wait. Waiting spends no further error.
 *
 * @param before whether the tasks before succeeded, oldest first.
 */
export function readInterference(before: readonly boolean[], arrivals: readonly Arrival[]): InterferenceReading {
  const known = before.slice(-BEFORE.most).reverse();
  const own = ownInOrder(arrivals);
  const counts = { before: failuresOf(known), since: failuresOf(own), isInDoubt: false };
  if (known.length < BEFORE.least) return { verdict: "too_few", ...counts };
  const trial = new Trial({ blocks: known.length, wrongWorse: BEFORE.wrong, wrongBetter: 0 });
  for (const [index, control] of known.entries()) {
    const candidate = own[index];
    if (candidate === undefined) break;
    if (trial.add({ control, candidate }) === "rollback")
      return { verdict: "worse", ...counts, since: failuresOf(own.slice(0, index + 1)) };
  }
  const { blocks, differing, lead } = trial.standing;
  const looksWorse = lead < 0 && signTail((differing - lead) / 2, differing) <= BEFORE.doubt;
  return { verdict: "not_worse", ...counts, isInDoubt: looksWorse && blocks < known.length };
}

/**
 * Of the tasks before, oldest first, those since the trouble began that calls for a change: an agent that did well until
 * something broke for good fails more than before, and no trial did it. All of them where the failures in question are
 * spread as chance spreads them; where they crowd at the end, those from there on. With fewer than two beside the last one
 * nothing can be said of how they are spread, and the trouble began with the first.
 *
 * Given how many there are, failures of a steady agent stand at any places alike: the chance that j of them stand within
 * the last r is hypergeometric (Feller, An Introduction to Probability Theory I, II.6).
 *
 * @param evidence ids of the tasks whose failures are in question; the last one is what called for the change.
 */
export function sinceTrouble(outcomes: readonly Outcome[], evidence: readonly string[]): readonly boolean[] {
  const asked = new Set(evidence.slice(0, -1));
  const places = outcomes.flatMap(({ failed }, place) => (failed !== undefined && asked.has(failed) ? [place] : []));
  const succeeded = outcomes.map(({ failed }) => failed === undefined);
  const [first = outcomes.length] = places;
  if (places.length < 2) return succeeded.slice(first);
  const last = evidence.at(-1);
  const n = outcomes.length - (last !== undefined && outcomes.at(-1)?.failed === last ? 1 : 0);
  const crowds = places
    .map((place, index) => ({ place, chance: within(n, places.length, n - place, places.length - index) }))
    .filter(({ chance }) => chance <= BEFORE.crowded)
    .sort((a, b) => a.chance - b.chance);
  return succeeded.slice(crowds[0]?.place ?? 0);
}

/** What a person is told of it. */
export function sayInterference({ verdict, before, since }: Omit<InterferenceReading, "isInDoubt">): string {
  const counts = `${before.failed} of ${before.tasks} failed before, ${since.failed} of ${since.tasks} since`;
  if (verdict === "worse") return `the present version itself began to fail more while this was tried: ${counts}`;
  if (verdict === "not_worse") return `the present version itself fails no more than before the trial: ${counts}`;
  return `too few tasks before the trial to say whether the present version fails more since: ${counts}`;
}

/** Outcomes of the present version's own tasks, in the order in which they were given out: a slow failure is not passed over. */
function ownInOrder(arrivals: readonly Arrival[]): readonly boolean[] {
  const known = new Map<number, boolean>();
  for (const { block, arm, succeeded } of arrivals)
    if (arm === "control" && !known.has(block)) known.set(block, succeeded);
  const own: boolean[] = [];
  for (let next = known.get(0); next !== undefined; next = known.get(own.length)) own.push(next);
  return own;
}

function failuresOf(succeeded: readonly boolean[]): Failures {
  return { failed: succeeded.filter((one) => !one).length, tasks: succeeded.length };
}

/** Chance that at least `least` of `marked` things stand in `drawn` places of `n`, where all places are alike. */
function within(n: number, marked: number, drawn: number, least: number): number {
  let chance = 0;
  for (let hits = least; hits <= Math.min(marked, drawn); hits++)
    chance += Math.exp(logWays(drawn, hits) + logWays(n - drawn, marked - hits) - logWays(n, marked));
  return chance;
}

/** Natural logarithm of how many ways there are to choose `k` of `n`; minus infinity where there is none. */
function logWays(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  let log = 0;
  for (let i = 1; i <= k; i++) log += Math.log((n - k + i) / i);
  return log;
}
