import type { Cancel, Clock } from "../kernel/clock.ts";
import { TimerHeap } from "./timer-heap.ts";

/** Where virtual time begins unless told: the first instant of 2026. */
export const FIRST_MOMENT_MS = 1_767_225_600_000;

/** More firings than this in one call means that a handler arms itself again without letting time pass. */
const FIRING_LIMIT = 1_000_000;

/**
 * A clock that only its owner turns. Nothing fires by itself, not even what is already due: `advance(0)` fires that.
 *
 * Invariant: while a timer runs, `now()` is the time it was armed for, or later if it was overdue.
 */
export class VirtualClock implements Clock {
  #now: number;
  #monotonic = 0;
  #busy = false;
  readonly #timers = new TimerHeap();
  readonly #settle: () => Promise<void>;

  /**
   * @param startMs wall-clock time to start at, in milliseconds since the epoch
   * @param settle resolves when everything has happened that can happen before time passes
   */
  constructor(startMs: number = FIRST_MOMENT_MS, settle: () => Promise<void> = nextTurn) {
    this.#now = startMs;
    this.#settle = settle;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  at(atMs: number, run: () => void): Cancel {
    return this.#timers.arm(atMs, run);
  }

  /** How many timers wait. */
  get armed(): number {
    return this.#timers.size;
  }

  /** When the next timer is due, or `undefined` when none waits. */
  get nextAt(): number | undefined {
    return this.#timers.first()?.atMs;
  }

  /**
   * Lets `ms` pass. Every timer that becomes due fires in order of its time, then of its arming, also those armed
   * meanwhile; before, between and after them the world settles. Work that waits for a process or a socket of the real
   * world is not waited for: await its own promise or state. Throws what a timer throws, and refuses to run twice at once.
   */
  async advance(ms: number): Promise<void> {
    this.#enter();
    try {
      await this.#settle();
      const end = this.#monotonic + ms;
      for (let fired = 0; this.#fireNext(end); fired++) {
        guard(fired);
        await this.#settle();
      }
      this.#passUntil(end);
    } finally {
      this.#busy = false;
    }
  }

  /** Like `advance`, without letting anything settle: for machines that answer at once. */
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

  /** Fires the earliest timer due before `end` (monotonic), and says whether there was one. */
  #fireNext(end: number): boolean {
    const next = this.#timers.first();
    if (next === undefined || next.atMs > this.#now + (end - this.#monotonic)) return false;
    this.#timers.take();
    this.#passUntil(this.#monotonic + Math.max(0, next.atMs - this.#now));
    next.run();
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

/** Promises that wait for nothing outside are done after one turn of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
