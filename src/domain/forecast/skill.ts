/** Forecasts of the latest slice of time, by which a forecaster has to be better too. */
export const SLICE = 200;
/** Before so many outcomes nothing is proven. */
export const OUTCOMES_NEEDED = 100;
/** How often a forecaster without skill may ever be taken for one with it. */
export const WRONGLY_PROVEN = 0.05;

/** How forecasts did against the base rate so far. */
export interface Skill {
  readonly judged: number;
  /** Logarithm of the evidence that the forecasts are better: a bet against the base rate, and what became of it. */
  readonly evidence: number;
  readonly sum: number;
  readonly squares: number;
  /** Squared errors of forecast and base rate over the latest slice, oldest first. */
  readonly slice: readonly (readonly [number, number])[];
}

export const unjudged: Skill = { judged: 0, evidence: 0, sum: 0, squares: 0, slice: [] };

/** Never more than so much is put on the next outcome. */
const HIGHEST_STAKE = 0.5;

/**
 * One forecast further, made before its outcome was known.
 *
 * If forecasts are no better than the base rate, the difference of the squared errors is not above zero in the mean,
 * whatever came before; then nobody who bets on it a share of what he has, chosen beforehand, is ever twenty times
 * richer than at first with a chance above one in twenty. So it may be looked at after every outcome.
 *
 * Sources: squared error (Brier, Monthly Weather Review 78, 1950); each forecast judged before it is learned from
 * (Dawid, Journal of the Royal Statistical Society A 147, 1984); sequential comparison of forecasts by betting (Henzi
 * and Ziegel, Biometrika 109, 2022), the stake after Waudby-Smith and Ramdas (JRSS B 86, 2024).
 */
export function judged(skill: Skill, forecast: number, base: number, failed: boolean): Skill {
  const errors = [(forecast - Number(failed)) ** 2, (base - Number(failed)) ** 2] as const;
  const gain = errors[1] - errors[0];
  return {
    judged: skill.judged + 1,
    evidence: skill.evidence + Math.log1p(stakeOf(skill) * gain),
    sum: skill.sum + gain,
    squares: skill.squares + gain ** 2,
    slice: [...skill.slice, errors].slice(-SLICE),
  };
}

function stakeOf({ judged: n, sum, squares }: Skill): number {
  // A quarter squared is put in before the first: little is known of the spread then.
  const spread = (squares + 0.0625) / (n + 1);
  return Math.min(HIGHEST_STAKE, Math.max(0, sum / (n + 1) / spread));
}

export type Proof = "too_few" | "no_better" | "no_longer" | "proven";

/** Whether the forecasts are better than the base rate: by the evidence of all, and over the latest slice too. */
export function proofOf(skill: Skill): Proof {
  if (skill.judged < OUTCOMES_NEEDED) return "too_few";
  if (skill.evidence < Math.log(1 / WRONGLY_PROVEN)) return "no_better";
  const { forecast, base } = brierOf(skill);
  return forecast < base ? "proven" : "no_longer";
}

/** Mean squared errors over the latest slice. */
export function brierOf({ slice }: Skill): { readonly forecast: number; readonly base: number } {
  const mean = (which: 0 | 1) => slice.reduce((sum, errors) => sum + errors[which], 0) / Math.max(1, slice.length);
  return { forecast: mean(0), base: mean(1) };
}
