/** When something counts as a symptom. */
export interface SymptomSettings {
  readonly repeats: { readonly times: number; readonly within: number };
  /** How long an attempt that used to report may say nothing. */
  readonly stallMs: number;
  readonly flood: { readonly lines: number; readonly withinMs: number };
  readonly crashes: { readonly exits: number; readonly withinMs: number };
  /** Failures of one provider in a row that are an outage. */
  readonly outage: { readonly failures: number };
  readonly slow: {
    /** The newest calls that are looked at. */
    readonly calls: number;
    /** Calls before them that make a habit. */
    readonly habit: number;
    readonly factor: number;
    /** A median below this is never slow. */
    readonly leastMs: number;
    readonly budgetMs?: number | undefined;
  };
  /** How long to wait where an upstream that is asked too often does not say. */
  readonly waitMs: number;
}
