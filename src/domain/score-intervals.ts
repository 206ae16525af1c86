import { shareOf } from "./paired.ts";
import { LEAST_CASES, type ScoreFacts, scoreOf, type Tally, termsOf } from "./score.ts";
import { type TermName, termNames, usualWeights, type Weights } from "./score-terms.ts";

/** Where the truth lies with 95 % confidence, judged by the cases that were counted. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Null where the term, or the score, is not known. Uptime was measured all the time and is no sample: it has none. */
export type ScoreIntervals = Readonly<Record<"score" | Exclude<TermName, "uptime">, Interval | null>>;

export function scoreIntervals(facts: ScoreFacts, weights: Weights = usualWeights): ScoreIntervals {
  const { tsr, cr, learning } = facts;
  const terms = { tsr: intervalOf(tsr), cr: intervalOf(cr), learning: intervalOf(learning) };
  return { ...terms, score: ofScore(facts, terms, weights) };
}

function intervalOf({ good, n }: Tally): Interval | null {
  const share = n < LEAST_CASES ? null : shareOf(good, n);
  return share === null ? null : { low: share.low, high: share.high };
}

/**
 * Of a weighted sum of shares, from the intervals of each: Zou and Donner, "Construction of confidence limits about effect
 * measures: a general approach", Statistics in Medicine 27 (2008).
 */
function ofScore(
  facts: ScoreFacts,
  intervals: Omit<ScoreIntervals, "score">,
  weights: Weights,
): ScoreIntervals["score"] {
  const terms = termsOf(facts);
  const score = scoreOf(terms, weights);
  if (score === null) return null;
  const known = termNames.filter((name) => terms[name] !== null);
  const weight = known.reduce((sum, name) => sum + weights[name], 0);
  let below = 0;
  let above = 0;
  for (const name of known) {
    const value = terms[name];
    const own = name === "uptime" ? null : intervals[name];
    if (own === null || value === null) continue;
    below += ((weights[name] / weight) * (value - own.low)) ** 2;
    above += ((weights[name] / weight) * (own.high - value)) ** 2;
  }
  return { low: Math.max(0, score - Math.sqrt(below)), high: Math.min(1, score + Math.sqrt(above)) };
}
