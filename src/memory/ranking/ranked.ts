import type { StoredItem } from "../item.ts";

export interface Ranked {
  readonly item: StoredItem;
  readonly score: number;
  /** What the score is the sum of. */
  readonly signals: Signals;
}

export interface Signals {
  /** Only where an embedder said what the question means. */
  readonly meaning?: number;
  readonly words: number;
  readonly grams: number;
  /** What maturity and age added or took. */
  readonly standing: number;
  /** What was taken because better answers say the same. */
  readonly diversity: number;
}

/** The names of the signals, in the order they are added. */
export const signalNames = ["words", "grams", "standing", "diversity"] as const satisfies readonly (keyof Signals)[];
export const signalNamesWithMeaning = ["meaning", ...signalNames] as const;
