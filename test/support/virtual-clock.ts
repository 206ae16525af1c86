import type { Cancel, Clock } from "../../src/kernel/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Longest real wait for file requests in flight; a read that never ends (a pipe) must not hang the test. */
const SETTLE_LIMIT_MS = 2_000;
/** Turns of the event loop without a file request before the world counts as still. */
const STILL_TURNS = 4;
/** More firings than this in one call means that a handler arms itself again without letting time pass. */
const FIRING_LIMIT = 1_000_000;

/**
 * A clock that only a test turns. Nothing fires by itself, not even what is already due: `advance(0)` fires that.
 *
 * Invariant: while a timer runs, `now()` is the time it was armed for, or later if it was overdue.
 */
export class VirtualClock implements Clock {
  #now: number;
  #monotonic = 0;
  #order = 0;
  #busy = false;
  readonly #armed = new Set<Timer>();

  /** @param startMs wall-clock time to start at, in milliseconds since the epoch. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  at(atMs: number, run: () => void): Cancel {
    const timer = { atMs, order: this.#order++, run };
    this.#armed.add(timer);
    return () => void this.#armed.delete(timer);
  }

  /** How many timers wait. */
  get armed(): number {
    return this.#armed.size;
  }

  /** When the next timer is due, or `undefined` when none waits. */
  get nextAt(): number | undefined {
    return this.#next()?.atMs;
  }

  /**
   * Lets `ms` pass. Every timer that becomes due fires in order of its time, then of its arming, also those armed
   * meanwhile; before, between and after them promises, turns of the event loop and file requests in flight settle.
   * Work that waits for a process or a socket is not waited for: await its own promise or state.
   * Throws what a timer throws, and refuses to run twice at once.
   */
  async advance(ms: number): Promise<void> {
    await this.#turn(async () => {
      await settle();
      const end = this.#monotonic + ms;
      for (let fired = 0; this.#fireNext(end); fired++) {
        guard(fired);
        await settle();
      }
      this.#passUntil(end);
    });
  }

  /** Like `advance`, without letting promises or file requests settle: for machines that answer at once. */
  advanceSync(ms: number): void {
    this.#enter();
    try {
      const end = this.#monotonic + ms;
      for (let fired = 0; this.#fireNext(end); fired++) guard(fired);
      this.#passUntil(end);
    } finally {
      this.#busy = false;
    }
  }

  /** Sets the wall clock forward or back by `ms`, as a person or NTP does: no duration passes, nothing fires yet. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #enter(): void {
    if (this.#busy) throw new Error("the virtual clock is already advancing");
    this.#busy = true;
  }

  async #turn(work: () => Promise<void>): Promise<void> {
    this.#enter();
    try {
      await work();
    } finally {
      this.#busy = false;
    }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#armed) {
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }

  /** Fires the earliest timer due before `end` (monotonic), and says whether there was one. */
  #fireNext(end: number): boolean {
    const timer = this.#next();
    if (timer === undefined || timer.atMs > this.#now + (end - this.#monotonic)) return false;
    this.#passUntil(this.#monotonic + Math.max(0, timer.atMs - this.#now));
    this.#armed.delete(timer);
    timer.run();
    return true;
  }

  #passUntil(monotonicMs: number): void {
    const passed = Math.max(0, monotonicMs - this.#monotonic);
    this.#now += passed;
    this.#monotonic += passed;
  }
}

function guard(fired: number): void {
  if (fired >= FIRING_LIMIT) throw new Error(`${FIRING_LIMIT} timers fired in one advance: one re-arms itself at once`);
}

/** Resolves when promises are drained and no file request has been in flight for a few turns of the event loop. */
export async function settle(): Promise<void> {
  const giveUpAt = performance.now() + SETTLE_LIMIT_MS;
  for (let still = 0; still < STILL_TURNS && performance.now() < giveUpAt; still++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (process.getActiveResourcesInfo().some(isFileRequest)) still = -1;
  }
}

/** Closing a file is a request of its own kind. */
function isFileRequest(resource: string): boolean {
  return resource.startsWith("FSReq") || resource === "CloseReq";
}
