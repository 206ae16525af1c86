/** How late the engine's own loop came to what was due. */
export interface LoopDelay {
  /** All looks since it is watched; `undefined` before the first. */
  read(): LoopDelayHistogram | undefined;
}

export interface LoopDelayHistogram {
  /** Looks that were at most `le` seconds late, cumulative. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  /** Seconds. */
  readonly sum: number;
  readonly count: number;
}
