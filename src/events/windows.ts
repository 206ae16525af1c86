import { merge, Observable } from "rxjs";
import { filter, map, scan } from "rxjs/operators";

/**
 * What happens to a window: something enters it at its own time (and takes the place of what had its key), what is
 * known of something in it changes (and stays only as long as before), or it is taken out.
 */
export type WindowChange<T> =
  | { readonly kind: "enter"; readonly key: string; readonly atMs: number; readonly value: T }
  | { readonly kind: "amend"; readonly key: string; readonly value: T }
  | { readonly kind: "remove"; readonly key: string }
  /** What had a key has another one; where that one is inside too, both become one, as old as the younger. */
  | { readonly kind: "rename"; readonly key: string; readonly to: string; readonly value: T }
  | { readonly kind: "restore"; readonly saved: SavedWindow<T> };

/** What is inside a window, oldest first, and the latest time it was told. */
export interface SavedWindow<T> {
  readonly nowMs: number;
  readonly entries: readonly (readonly [key: string, atMs: number, value: T])[];
}

export interface WindowStep<T> {
  readonly entered: readonly T[];
  readonly left: readonly T[];
}

export interface WindowSettings {
  readonly windowMs: number;
  /** Beyond so many entries the oldest leave early. */
  readonly capacity: number;
}

interface Entry<T> {
  readonly key: string;
  readonly atMs: number;
  value: T;
  live: boolean;
}

const NOTHING: readonly never[] = [];

/**
 * Entries that are younger than the window, by their own time and not by when they arrived.
 *
 * Invariants:
 *  1. After a step at time t exactly the entries with `t - windowMs < atMs` are inside, in whatever order they came;
 *     of those with one key only the last that came.
 *  2. Every entry that entered leaves once.
 *  3. Work per entry is constant but for entries that arrive out of order.
 */
export class SlidingWindow<T> {
  readonly #settings: WindowSettings;
  readonly #byKey = new Map<string, Entry<T>>();
  /** By time; entries before `#head` or not live are gone. */
  #entries: Entry<T>[] = [];
  #head = 0;
  #nowMs = Number.NEGATIVE_INFINITY;

  constructor(settings: WindowSettings) {
    this.#settings = settings;
  }

  /** Time passes, or is set back; what left already does not return. */
  tick(nowMs: number): WindowStep<T> {
    this.#nowMs = nowMs;
    return { entered: NOTHING, left: this.#expire() };
  }

  saved(): SavedWindow<T> {
    const inside = this.#entries.slice(this.#head).filter(({ live }) => live);
    return { nowMs: this.#nowMs, entries: inside.map(({ key, atMs, value }) => [key, atMs, value]) };
  }

  change(change: WindowChange<T>): WindowStep<T> {
    if (change.kind === "enter") return this.#enter(change);
    if (change.kind === "restore") return this.#restore(change.saved);
    const entry = this.#byKey.get(change.key);
    if (entry === undefined) return { entered: NOTHING, left: NOTHING };
    const left = [entry.value];
    if (change.kind === "rename") return this.#rename(entry, change);
    if (change.kind === "amend") {
      entry.value = change.value;
      return { entered: [change.value], left };
    }
    this.#drop(entry);
    return { entered: NOTHING, left };
  }

  #restore({ nowMs, entries }: SavedWindow<T>): WindowStep<T> {
    const left = [...this.#byKey.values()].map(({ value }) => value);
    this.#nowMs = nowMs;
    this.#head = 0;
    this.#entries = entries.map(([key, atMs, value]) => ({ key, atMs, value, live: true }));
    this.#byKey.clear();
    for (const entry of this.#entries) this.#byKey.set(entry.key, entry);
    return { entered: entries.map(([, , value]) => value), left };
  }

  #enter({ key, atMs, value }: Extract<WindowChange<T>, { kind: "enter" }>): WindowStep<T> {
    if (atMs > this.#nowMs) this.#nowMs = atMs;
    const left = this.#expire();
    const before = this.#byKey.get(key);
    if (before !== undefined) {
      left.push(before.value);
      this.#drop(before);
    }
    if (atMs <= this.#nowMs - this.#settings.windowMs) return { entered: NOTHING, left };
    const entry = { key, atMs, value, live: true };
    this.#byKey.set(key, entry);
    this.#insert(entry);
    while (this.#byKey.size > this.#settings.capacity) left.push(...this.#dropFirst());
    return { entered: [value], left };
  }

  #rename(entry: Entry<T>, { to, value }: Extract<WindowChange<T>, { kind: "rename" }>): WindowStep<T> {
    const other = this.#byKey.get(to);
    const left = [entry.value, ...(other === undefined ? [] : [other.value])];
    this.#drop(entry);
    if (other !== undefined) this.#drop(other);
    const united = { key: to, atMs: Math.max(entry.atMs, other?.atMs ?? entry.atMs), value, live: true };
    this.#byKey.set(to, united);
    this.#insert(united);
    return { entered: [value], left };
  }

  #insert(entry: Entry<T>): void {
    let index = this.#entries.length;
    while (index > this.#head && (this.#entries[index - 1]?.atMs ?? 0) > entry.atMs) index--;
    if (index === this.#entries.length) this.#entries.push(entry);
    else this.#entries.splice(index, 0, entry);
  }

  #expire(): T[] {
    const horizon = this.#nowMs - this.#settings.windowMs;
    const left: T[] = [];
    for (let first = this.#entries[this.#head]; first !== undefined; first = this.#entries[this.#head]) {
      if (first.live && first.atMs > horizon) break;
      left.push(...this.#dropFirst());
    }
    return left;
  }

  #dropFirst(): T[] {
    const first = this.#entries[this.#head];
    this.#head++;
    const left = first?.live === true ? [first.value] : [];
    if (first?.live === true) this.#drop(first);
    this.#compact();
    return left;
  }

  #drop(entry: Entry<T>): void {
    entry.live = false;
    this.#byKey.delete(entry.key);
    this.#compact();
  }

  /** Drops what is gone once it is more than what is there. */
  #compact(): void {
    if (this.#entries.length <= 2 * this.#byKey.size + 64) return;
    this.#entries = this.#entries.slice(this.#head).filter(({ live }) => live);
    this.#head = 0;
  }
}

/** The window as a stream of what enters and leaves; `now` drives what leaves while nothing enters. */
export function slidingWindow<T>(
  changes: Observable<WindowChange<T>>,
  now: Observable<number>,
  window: SlidingWindow<T>,
): Observable<WindowStep<T>> {
  return new Observable((subscriber) => {
    const steps = merge(
      changes.pipe(map((change) => window.change(change))),
      now.pipe(map((nowMs) => window.tick(nowMs))),
    );
    return steps.pipe(filter(({ entered, left }) => entered.length > 0 || left.length > 0)).subscribe(subscriber);
  });
}

/** How many entries a window holds, and how many of them are true. */
export function tally(
  window: Observable<WindowStep<boolean>>,
): Observable<{ readonly good: number; readonly n: number }> {
  return window.pipe(
    scan(
      ({ good, n }, { entered, left }) => ({
        good: good + trues(entered) - trues(left),
        n: n + entered.length - left.length,
      }),
      { good: 0, n: 0 },
    ),
  );
}

function trues(values: readonly boolean[]): number {
  let count = 0;
  for (const value of values) if (value) count++;
  return count;
}
