import { type TermName, type Terms, termNames, termTitles, usualWeights, type Weights } from "./score-terms.ts";

/** How well a term's value foretold the tasks that ended next: squared errors (Brier, 1950), older outcomes fading. */
export type Foretold = Readonly<Record<TermName, { readonly loss: number; readonly n: number }>>;

/** Weight of an outcome once another one has come: about the last 400 count. */
const FADE = 0.995;
/** Faded outcomes that a term's record needs before it moves a weight. */
export const OUTCOMES_NEEDED = 60;
/** How strongly a difference of errors moves a weight. */
const RATE = 4;
/** A weight moves by this factor at most before all are made to sum to one, so that it stays within half and twice its usual. */
const MOST = Math.SQRT2;
/** Weights that moved by less are left as they are. */
const LEAST_MOVE = 0.01;

const nothing = { loss: 0, n: 0 };
export const noForetelling: Foretold = { tsr: nothing, cr: nothing, uptime: nothing, learning: nothing };

/** A task ended while the terms stood as they were told last. A term that was not known is neither praised nor blamed. */
export function foretold(before: Foretold, terms: Terms, succeeded: boolean): Foretold {
  const next = (name: TermName) => {
    const value = terms[name];
    const { loss, n } = before[name];
    if (value === null) return { loss, n };
    return { loss: FADE * loss + (value - (succeeded ? 1 : 0)) ** 2, n: FADE * n + 1 };
  };
  return { tsr: next("tsr"), cr: next("cr"), uptime: next("uptime"), learning: next("learning") };
}

/**
 * Weights moved towards the terms that foretell best: multiplicative weights with the usual ones as the prior (Freund and
 * Schapire, A decision-theoretic generalization of on-line learning, JCSS 55, 1997), each step bounded.
 *
 * They sum to one, each within half and twice its usual weight; without enough evidence of two terms none moves.
 */
export function adaptedWeights(record: Foretold): Weights {
  const known = termNames.filter((name) => record[name].n >= OUTCOMES_NEEDED);
  if (known.length < 2) return usualWeights;
  const weight = known.reduce((sum, name) => sum + usualWeights[name], 0);
  const typical = known.reduce((sum, name) => sum + usualWeights[name] * missOf(record, name), 0) / weight;
  const moved = (name: TermName) => {
    const factor = known.includes(name) ? Math.exp(RATE * (typical - missOf(record, name))) : 1;
    return usualWeights[name] * Math.min(Math.max(factor, 1 / MOST), MOST);
  };
  const all = { tsr: moved("tsr"), cr: moved("cr"), uptime: moved("uptime"), learning: moved("learning") };
  const sum = termNames.reduce((total, name) => total + all[name], 0);
  return { tsr: all.tsr / sum, cr: all.cr / sum, uptime: all.uptime / sum, learning: all.learning / sum };
}

/** Whether the difference is worth an event. */
export function haveMoved(before: Weights, now: Weights): boolean {
  return termNames.some((name) => Math.abs(before[name] - now[name]) >= LEAST_MOVE);
}

/** What each known term's values missed, on how many outcomes: the evidence for the weights. */
export function evidenceOf(record: Foretold): readonly WeightEvidence[] {
  return termNames.flatMap((term) => {
    const { n } = record[term];
    return n === 0 ? [] : [{ term, miss: missOf(record, term), outcomes: n }];
  });
}

export interface WeightEvidence {
  readonly term: TermName;
  /** Mean squared difference between its value and how the next task ended (1 or 0). */
  readonly miss: number;
  /** Outcomes that it is the mean of, faded ones for what they still count. */
  readonly outcomes: number;
}

/** Why a weight is not the usual one, in words; nothing where it is. */
export function explainWeights(weights: Weights, evidence: readonly WeightEvidence[]): readonly string[] {
  return termNames.flatMap((name) => {
    if (Math.abs(weights[name] - usualWeights[name]) < 0.0005) return [];
    const about = evidence.find(({ term }) => term === name);
    const because =
      about === undefined || about.outcomes < OUTCOMES_NEEDED
        ? "as the others moved"
        : `its value missed how the next task ended by ${about.miss.toFixed(3)} (mean square of the last ${Math.round(about.outcomes)})`;
    return [`Weight of ${termTitles[name]}: ${weights[name].toFixed(3)} in place of ${usualWeights[name]}, ${because}`];
  });
}

function missOf(record: Foretold, name: TermName): number {
  const { loss, n } = record[name];
  return n === 0 ? 0 : loss / n;
}
