import { inGroups } from "../../kernel/checkpointed.ts";
import { groupsOf, number, objectOf, optional, pairOf, type Shape, text } from "../../kernel/shape.ts";

export interface NewestOptions<V> {
  /** Values kept at least; up to a sixteenth more are held between two clean-ups. */
  readonly capacity: number;
  /** Values that may not be forgotten yet, however many there are. */
  readonly holds?: (value: V) => boolean;
  /** Size of a value in characters; counts against `maxWeight`. */
  readonly weigh?: (value: V) => number;
  readonly maxWeight?: number;
  /** What values are counted by. */
  readonly countBy?: (value: V) => string;
}

/**
 * The newest values by key, in the order in which they first came.
 *
 * Invariants:
 *  1. Changing a value keeps its place; a forgotten key that returns is new.
 *  2. A value that `holds` is never forgotten; of the others the oldest go first.
 *  3. Forgetting costs one pass for every sixteenth of the capacity that is added, also while everything holds.
 */
export class Newest<V> {
  readonly #values = new Map<string, V>();
  readonly #options: NewestOptions<V>;
  readonly #slack: number;
  readonly #forgotten: (key: string, value: V) => void;
  #cleanAt: number;
  #weight = 0;
  #cleanAtWeight: number;
  readonly #counts = new Map<string, number>();

  constructor(options: NewestOptions<V>, forgotten: (key: string, value: V) => void = () => {}) {
    this.#options = options;
    this.#forgotten = forgotten;
    this.#slack = Math.max(1, options.capacity >> 4);
    this.#cleanAt = options.capacity + this.#slack;
    this.#cleanAtWeight = options.maxWeight ?? Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    const before = this.#values.get(key);
    this.#weight += this.#weigh(value) - (before === undefined ? 0 : this.#weigh(before));
    if (before !== undefined) this.#count(before, -1);
    this.#count(value, 1);
    this.#values.set(key, value);
    if (this.#values.size > this.#cleanAt || this.#weight > this.#cleanAtWeight) this.#clean();
  }

  /** Changes the value of a known key; an unknown one is left alone. */
  change(key: string, change: (value: V) => V): void {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, change(value));
  }

  delete(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#weight -= this.#weigh(value);
    this.#count(value, -1);
    this.#values.delete(key);
  }

  /** How many values are counted under `name`. */
  countOf(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Oldest first. */
  values(): IterableIterator<V> {
    return this.#values.values();
  }

  /** Newest first. */
  list(): readonly V[] {
    return [...this.#values.values()].reverse();
  }

  /** Its values are written down later: they must never be changed in place. */
  snapshot(): object {
    return {
      values: inGroups([...this.#values]),
      cleanAt: this.#cleanAt,
      cleanAtWeight: Number.isFinite(this.#cleanAtWeight) ? this.#cleanAtWeight : null,
    };
  }

  restore(value: unknown, member: Shape<V>, at: string): void {
    const { values, cleanAt, cleanAtWeight } = frozen(member)(value, at);
    this.#values.clear();
    this.#weight = 0;
    this.#counts.clear();
    for (const [key, one] of values) {
      this.#values.set(key, one);
      this.#count(one, 1);
      this.#weight += this.#weigh(one);
    }
    this.#cleanAt = cleanAt;
    this.#cleanAtWeight = cleanAtWeight ?? Number.POSITIVE_INFINITY;
  }

  #weigh(value: V): number {
    return this.#options.weigh?.(value) ?? 0;
  }

  #count(value: V, by: number): void {
    const { countBy } = this.#options;
    if (countBy === undefined) return;
    const name = countBy(value);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  #clean(): void {
    const { capacity, holds, maxWeight = Number.POSITIVE_INFINITY } = this.#options;
    for (const [key, value] of this.#values) {
      if (this.#values.size <= capacity && this.#weight <= maxWeight) break;
      if (holds?.(value) === true) continue;
      this.delete(key);
      this.#forgotten(key, value);
    }
    this.#cleanAt = Math.max(capacity, this.#values.size) + this.#slack;
    this.#cleanAtWeight = Math.max(maxWeight, this.#weight * (17 / 16));
  }
}

function frozen<V>(member: Shape<V>) {
  return objectOf({ values: groupsOf(pairOf(text, member)), cleanAt: number, cleanAtWeight: optional(number) });
}

/** The list with one more at its end, without its oldest beyond `most`. */
export function appended<T>(list: readonly T[], item: T, most: number): readonly T[] {
  return list.length < most ? [...list, item] : [...list.slice(list.length - most + 1), item];
}
