import type { Cancel, Clock } from "../../kernel/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** A clock that stands where the journal does, with the few timers that a replay sets itself. */
export class ReplayClock implements Clock {
  #nowMs = 0;
  #timers: readonly Timer[] = [];

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  at(atMs: number, run: () => void): Cancel {
    const timer = { atMs, run };
    const index = this.#timers.findIndex((other) => other.atMs > atMs);
    this.#timers = this.#timers.toSpliced(index < 0 ? this.#timers.length : index, 0, timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs in their order the timers that are due by then, each at its own time, and stays there. */
  advanceTo(atMs: number): void {
    for (let [first] = this.#timers; first !== undefined && first.atMs <= atMs; [first] = this.#timers) {
      this.#timers = this.#timers.slice(1);
      this.#nowMs = Math.max(this.#nowMs, first.atMs);
      first.run();
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }
}
