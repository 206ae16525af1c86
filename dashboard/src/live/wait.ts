const FIRST_MS = 1000;
const MOST_MS = 15_000;

/** How long to wait before the socket is tried again: twice as long each time, spread so that pages do not march in step. */
export function waitBeforeTry(attempt: number, chance: number): number {
  const full = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.75 + 0.5 * chance));
}
