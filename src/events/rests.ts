import type { Cancel, Clock } from "../kernel/clock.ts";

/** Nobody rests longer: what held the journal up once need not do so again. */
const LONGEST_MS = 50;

/** Rests of those who give way, on a clock; all of them can be ended at once. */
export class Rests {
  readonly #clock: Clock;
  readonly #resting = new Map<() => void, Cancel>();
  #over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds on the clock that never jumps. */
  nowMs(): number {
    return this.#clock.monotonic();
  }

  /** Calls `goOn` when so long went by, 50 ms at most; at once for no time, and for any once the rests are over. */
  rest(forMs: number, goOn: () => void): void {
    if (this.#over || forMs <= 0) {
      goOn();
      return;
    }
    const wake = () => {
      this.#resting.delete(wake);
      goOn();
    };
    this.#resting.set(wake, this.#clock.at(this.#clock.now() + Math.min(forMs, LONGEST_MS), wake));
  }

  /** Ends every rest now, and lets nobody rest any more. */
  end(): void {
    this.#over = true;
    for (const [wake, cancel] of [...this.#resting]) {
      cancel();
      wake();
    }
  }
}
