/** Cancels what was armed. Calling it twice, or after the timer fired, does nothing. */
export type Cancel = () => void;

/** The one source of time. Everything that waits asks it, so that a test can turn it. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. It may jump forward; the system's never goes back. */
  now(): number;
  /** Monotonic milliseconds from an arbitrary origin, for measuring durations. It never goes back. */
  monotonic(): number;
  /** Calls `run` once when `now()` has reached `atMs`; any distance is allowed, also beyond 2^31 ms. */
  at(atMs: number, run: () => void): Cancel;
}

/** Resolves once `delayMs` have passed on `clock`, or earlier when `signal` aborts. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.at(clock.now() + delayMs, done);
    signal?.addEventListener("abort", done);
  });
}
