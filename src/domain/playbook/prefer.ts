import type { Risk } from "../../events/vocabulary.ts";
import { type SuccessRecord, type Tally, tallyOf } from "./record.ts";
import { rank } from "./risk.ts";

export interface Candidate {
  readonly playbookId: string;
  readonly risk: Risk;
}

export interface Preference<C extends Candidate> {
  readonly candidate: C;
  /** With 95 % confidence it fixes at least this share. */
  readonly atLeast: number;
  readonly tally: Tally;
}

/**
 * The one preference that reactor, lessons and dashboard ask: the better proven remedy for this fingerprint first,
 * then the smaller risk, then the name.
 *
 * @param fingerprints what the failure is called, and was called before
 */
export function prefer<C extends Candidate>(
  candidates: readonly C[],
  record: SuccessRecord,
  fingerprints: readonly string[] = [],
): readonly Preference<C>[] {
  return candidates
    .map((candidate) => {
      const tally = tallyOf(record, candidate.playbookId, fingerprints);
      return { candidate, tally, atLeast: lowerBound(tally) };
    })
    .sort(
      (a, b) =>
        b.atLeast - a.atLeast ||
        rank(a.candidate.risk) - rank(b.candidate.risk) ||
        (a.candidate.playbookId < b.candidate.playbookId ? -1 : 1),
    );
}

/** The 5 % quantile of Beta(fixed + 1, failed + 1): what is unproven ranks low, what fails ranks lower. */
export function lowerBound({ fixed, failed }: Tally): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (betaBelow(middle, fixed + 1, failed + 1) < 0.05) low = middle;
    else high = middle;
  }
  return Math.round(low * 1e9) / 1e9;
}

/** P(X ≤ x) of Beta(a, b) for whole a and b: the chance of at least `a` successes in a + b − 1 trials. */
function betaBelow(x: number, a: number, b: number): number {
  const trials = a + b - 1;
  let logChoose = 0;
  let below = 0;
  for (let hits = 0; hits < a; hits++) {
    if (hits > 0) logChoose += Math.log(trials - hits + 1) - Math.log(hits);
    below += Math.exp(logChoose + hits * Math.log(x) + (trials - hits) * Math.log1p(-x));
  }
  return 1 - below;
}
