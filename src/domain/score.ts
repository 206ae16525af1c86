import type { EventData } from "../events/catalog.ts";
import { type Terms, termNames, termTitles, usualWeights, type Weights } from "./score-terms.ts";
import type { UptimeShare } from "./uptime.ts";

export type Grade = NonNullable<EventData<"score.updated">["grade"]>;
export type TrendWord = EventData<"score.updated">["trend"];

/** A term of fewer cases than this is not known; those of uptime are seconds. */
export const LEAST_CASES = 5;
const SECOND_MS = 1_000;
/** Lower bounds of the grades, best first; below the last one is critical. */
export const grades: readonly { readonly grade: Grade; readonly from: number }[] = [
  { grade: "excellent", from: 0.8 },
  { grade: "good", from: 0.6 },
  { grade: "degraded", from: 0.4 },
];
/** A score that moved by less is not told. */
export const LEAST_MOVE = 0.005;

/** How many cases, and how many of them well. */
export interface Tally {
  readonly good: number;
  readonly n: number;
}

export interface ScoreFacts {
  readonly tsr: Tally;
  readonly cr: Tally;
  readonly uptime: UptimeShare;
  readonly learning: Tally;
  readonly windowMs: number;
}

/** The score and what it is made of; null where there is not enough data. */
export interface Standing {
  readonly score: number | null;
  readonly grade: Grade | null;
  readonly trend: TrendWord;
  readonly terms: Terms;
}

export function standing(facts: ScoreFacts, trend: TrendWord, weights: Weights = usualWeights): Standing {
  const terms = termsOf(facts);
  const score = scoreOf(terms, weights);
  return { score, grade: gradeOf(score), trend, terms };
}

export function termsOf({ tsr, cr, uptime, learning }: ScoreFacts): Terms {
  return {
    tsr: share(tsr),
    cr: share(cr),
    uptime: uptime.spanMs < LEAST_CASES * SECOND_MS ? null : rounded(uptime.readyMs / uptime.spanMs),
    learning: share(learning),
  };
}

/** The known terms by their rescaled weights; null while the task success rate is not known. */
export function scoreOf(terms: Terms, weights: Weights = usualWeights): number | null {
  if (terms.tsr === null) return null;
  let sum = 0;
  let weight = 0;
  for (const name of termNames) {
    const value = terms[name];
    if (value === null) continue;
    sum += weights[name] * value;
    weight += weights[name];
  }
  return rounded(sum / weight);
}

export function gradeOf(score: number | null): Grade | null {
  if (score === null) return null;
  return grades.find(({ from }) => score >= from)?.grade ?? "critical";
}

/** Whether the new standing is worth an event. Alerts are judged beside it. */
export function isNews(told: Standing | undefined, now: Standing): boolean {
  if (told === undefined || told.grade !== now.grade || told.trend !== now.trend) return true;
  if (told.score === null || now.score === null) return told.score !== now.score;
  return rounded(Math.abs(told.score - now.score)) >= LEAST_MOVE;
}

/** Each term with the cases behind it, and what became of the weights, in words. */
export function explainScore(facts: ScoreFacts, terms: Terms, weights: Weights = usualWeights): string[] {
  const within = `in the last ${minutes(facts.windowMs)}`;
  const lines = [
    said("tsr", terms, facts.tsr, `tasks that ended ${within} succeeded`),
    said("cr", terms, facts.cr, `issues settled ${within} were fixed and stayed so`),
    terms.uptime === null
      ? `${termTitles.uptime}: not enough data (${Math.floor(facts.uptime.spanMs / SECOND_MS)} of at least ${LEAST_CASES} seconds)`
      : `${termTitles.uptime} ${percent(terms.uptime)}: ready ${minutes(facts.uptime.readyMs)} of ${minutes(facts.uptime.spanMs)}`,
    said("learning", terms, facts.learning, `failures seen three times or more ${within} have a verified lesson`),
  ];
  const known = termNames.filter((name) => terms[name] !== null);
  if (terms.tsr === null) return [...lines, "No score: it needs the task success rate"];
  if (known.length === termNames.length) return lines;
  const weight = known.reduce((sum, name) => sum + weights[name], 0);
  const rescaled = known.map((name) => `${termTitles[name]} ${(weights[name] / weight).toFixed(2)}`).join(", ");
  return [...lines, `Weights rescaled over what is known: ${rescaled}`];
}

function said(name: "tsr" | "cr" | "learning", terms: Terms, { good, n }: Tally, rest: string): string {
  const value = terms[name];
  if (value === null) return `${termTitles[name]}: not enough data (${n} of at least ${LEAST_CASES} cases)`;
  return `${termTitles[name]} ${percent(value)}: ${good} of ${n} ${rest}`;
}

function share({ good, n }: Tally): number | null {
  return n < LEAST_CASES ? null : rounded(good / n);
}

/** Nine digits: sums of weights must meet the bounds of the grades exactly. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}
