import { within } from "./agent-past.ts";

/** What each signal is worth, learned from outcomes. With all at zero a forecast is the base rate. */
export interface Weights {
  readonly value: readonly number[];
  /** Squared steps so far. */
  readonly steps: readonly number[];
}

const STEP = 0.5;
/** Draws a weight that earns nothing back to zero. */
const RIDGE = 0.002;

export function noWeights(count: number): Weights {
  return { value: Array<number>(count).fill(0), steps: Array<number>(count).fill(0) };
}

/** Logistic regression on the signals, on top of the base rate's log odds. */
export function forecastOf({ value }: Weights, base: number, signals: readonly number[]): number {
  const odds = signals.reduce((sum, signal, index) => sum + signal * (value[index] ?? 0), Math.log(base / (1 - base)));
  return within(1 / (1 + Math.exp(-odds)));
}

/**
 * One outcome further: a step down the gradient of the log loss, shorter for signals that have moved much (AdaGrad;
 * Duchi, Hazan and Singer, Journal of Machine Learning Research 12, 2011).
 */
export function learned({ value, steps }: Weights, base: number, signals: readonly number[], failed: boolean): Weights {
  const error = forecastOf({ value, steps }, base, signals) - Number(failed);
  const slopes = signals.map((signal, index) => error * signal + RIDGE * (value[index] ?? 0));
  const squares = slopes.map((slope, index) => (steps[index] ?? 0) + slope ** 2);
  return {
    value: slopes.map((slope, index) => (value[index] ?? 0) - stepOf(slope, squares[index] ?? 0)),
    steps: squares,
  };
}

function stepOf(slope: number, squares: number): number {
  return squares === 0 ? 0 : (STEP * slope) / (Math.sqrt(squares) + 0.1);
}
