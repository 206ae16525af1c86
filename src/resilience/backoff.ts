export interface BackoffSettings {
  readonly firstMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/**
 * How long to wait before attempt `attempt + 1`: exponential with full jitter, `random(0, min(max, first × factor^(attempt-1)))`
 * but never under half of the bound, so that a retry is never immediate (the "equal jitter" of Brooker, "Exponential Backoff
 * And Jitter", AWS Architecture Blog, 2015).
 *
 * @param attempt the attempt that just failed, from 1
 * @param random a number in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(attempt: number, settings: BackoffSettings, random: number): number {
  const bound = Math.min(settings.maxMs, settings.firstMs * settings.factor ** (attempt - 1));
  return Math.round(bound / 2 + (bound / 2) * random);
}
