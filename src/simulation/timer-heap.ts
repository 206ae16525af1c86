import type { Cancel } from "../kernel/clock.ts";

export interface Timer {
  readonly atMs: number;
  /** Of two timers for one instant, the one armed first goes first. */
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Cancelled timers stay until they come up; they are swept out once they are more than those that wait. */
const SWEEP_FROM = 64;

/** Timers by time, then by arming. Arming and taking cost a logarithm of how many wait, cancelling nothing. */
export class TimerHeap {
  #timers: Timer[] = [];
  #order = 0;
  #cancelled = 0;

  /** How many wait. */
  get size(): number {
    return this.#timers.length - this.#cancelled;
  }

  arm(atMs: number, run: () => void): Cancel {
    const timer: Timer = { atMs, order: this.#order++, run, cancelled: false };
    this.#timers.push(timer);
    this.#rise(this.#timers.length - 1);
    return () => this.#cancel(timer);
  }

  /** The timer that comes first, which stays. */
  first(): Timer | undefined {
    for (let first = this.#timers[0]; first !== undefined; first = this.#timers[0]) {
      if (!first.cancelled) return first;
      this.#removeFirst();
      this.#cancelled--;
    }
    return undefined;
  }

  /** Takes out the timer that comes first. */
  take(): Timer | undefined {
    const first = this.first();
    if (first === undefined) return undefined;
    this.#removeFirst();
    // A cancel that comes later finds nothing to do.
    first.cancelled = true;
    return first;
  }

  #cancel(timer: Timer): void {
    if (timer.cancelled) return;
    timer.cancelled = true;
    this.#cancelled++;
    if (this.#cancelled > SWEEP_FROM && this.#cancelled * 2 > this.#timers.length) this.#sweep();
  }

  /** A sorted list is a heap. */
  #sweep(): void {
    this.#timers = this.#timers.filter(({ cancelled }) => !cancelled).sort((a, b) => (goesBefore(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }

  #removeFirst(): void {
    const last = this.#timers.pop();
    if (last === undefined || this.#timers.length === 0) return;
    this.#timers[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    const timers = this.#timers;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const [child, parent] = [timers[at], timers[above]];
      if (child === undefined || parent === undefined || !goesBefore(child, parent)) return;
      timers[at] = parent;
      timers[above] = child;
      at = above;
    }
  }

  #sink(from: number): void {
    const timers = this.#timers;
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      for (const below of [left, right]) {
        const [candidate, best] = [timers[below], timers[least]];
        if (candidate !== undefined && best !== undefined && goesBefore(candidate, best)) least = below;
      }
      if (least === at) return;
      const [parent, child] = [timers[at], timers[least]];
      if (parent === undefined || child === undefined) return;
      timers[at] = child;
      timers[least] = parent;
      at = least;
    }
  }
}

function goesBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
