import type { MatchFacts } from "./facts.ts";
import type { Verdict } from "./operators.ts";

/** One comparison as it was made: where it stands in the file, what it wanted, what was there. */
export interface Comparison {
  readonly at: string;
  readonly path: string;
  readonly op: string;
  readonly wanted: unknown;
  /** The value seen; absent when there was none. */
  readonly seen?: unknown;
  readonly verdict: Verdict;
  /** Whether this comparison speaks for a match. If every comparison did, the whole would match. */
  readonly helps: boolean;
}

/**
 * Decides facts. Without `note` it stops at the first part that decides; with it every comparison is made and noted,
 * and the verdict is the same: matching and explaining are this one function.
 */
export type Matcher = (facts: MatchFacts, note?: (comparison: Comparison) => void) => Verdict;
