import { performance } from "node:perf_hooks";
import type { Cancel, Clock } from "../kernel/clock.ts";
import { steadyTime, type TimeSources } from "./steady-time.ts";

/**
 * The longest a timer sleeps before it looks at the wall clock again: far below the 2^31 ms that Node can hold,
 * and short enough that a jump of the wall clock (a laptop waking up, NTP) is noticed within a minute.
 */
const LONGEST_SLEEP_MS = 60_000;

/**
 * Node's clock. Its timers keep the process alive until they fire or are cancelled: a command that waits for its
 * backoff must not end early. A program that embeds the engine and wants to exit regardless passes `unref`.
 */
export function createSystemClock(options: { readonly unref?: boolean; readonly time?: TimeSources } = {}): Clock {
  const now = steadyTime(options.time);
  return {
    now,
    monotonic: () => performance.now(),
    at: (atMs, run) => arm(atMs, run, { now, unref: options.unref === true }),
  };
}

export const systemClock: Clock = createSystemClock();

function arm(
  atMs: number,
  run: () => void,
  { now, unref }: { readonly now: () => number; readonly unref: boolean },
): Cancel {
  let timer: NodeJS.Timeout | undefined;
  const sleep = (): void => {
    const leftMs = Math.max(0, Math.ceil(atMs - now()));
    timer = setTimeout(wake, Math.min(leftMs, LONGEST_SLEEP_MS));
    if (unref) timer.unref();
  };
  // Node may fire up to a millisecond early, and a long distance is slept in pieces: both end here again.
  const wake = (): void => {
    if (now() < atMs) sleep();
    else run();
  };
  sleep();
  return () => clearTimeout(timer);
}
