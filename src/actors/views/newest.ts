import { inGroups, later, readNow } from "../../kernel/checkpointed.ts";
import { AiosError } from "../../kernel/errors.ts";
import {
  anything,
  groupsOf,
  listOf,
  number,
  objectOf,
  optional,
  pairOf,
  type Shape,
  text,
  yesNo,
} from "../../kernel/shape.ts";

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

/** What has to be known of a value while nobody asks for it. */
interface Facts {
  readonly weight: number;
  readonly name: string | undefined;
  readonly holds: boolean;
}

/** A value as a checkpoint has it, which is read when somebody asks for it. */
class Unread<V> {
  readonly facts: Facts;
  readonly written: unknown;
  /** Of all that were written there. */
  readonly member: Shape<V>;
  readonly at: string;

  constructor(written: unknown, facts: Facts, member: Shape<V>, at: string) {
    this.written = written;
    this.facts = facts;
    this.member = member;
    this.at = at;
  }

  read(key: string): V {
    return this.member(readNow(this.written), `${this.at}.${key}`);
  }
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
  readonly #values = new Map<string, V | Unread<V>>();
  readonly #options: NewestOptions<V>;
  readonly #slack: number;
  readonly #forgotten: ((key: string, value: V) => void) | undefined;
  #cleanAt: number;
  #weight = 0;
  #cleanAtWeight: number;
  readonly #counts = new Map<string, number>();

  constructor(options: NewestOptions<V>, forgotten?: (key: string, value: V) => void) {
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
    const value = this.#values.get(key);
    return value instanceof Unread ? this.#read(key, value) : value;
  }

  set(key: string, value: V): void {
    const before = this.#values.get(key);
    this.#weight += this.#weigh(value) - (before === undefined ? 0 : this.#weigh(before));
    this.#recount(before, value);
    this.#values.set(key, value);
    if (this.#values.size > this.#cleanAt || this.#weight > this.#cleanAtWeight) this.#clean();
  }

  /** Changes the value of a known key; an unknown one is left alone. */
  change(key: string, change: (value: V) => V): void {
    const value = this.get(key);
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

  /** Values that are counted under `name`, oldest first. No other is read. */
  *allOf(name: string): IterableIterator<V> {
    for (const [key, value] of this.#values) {
      if (this.#nameOf(value) !== name) continue;
      yield value instanceof Unread ? this.#read(key, value) : value;
    }
  }

  /** Oldest first. */
  *values(): IterableIterator<V> {
    for (const [key, value] of this.#values) yield value instanceof Unread ? this.#read(key, value) : value;
  }

  /** Newest first. */
  list(): readonly V[] {
    return [...this.values()].reverse();
  }

  /** Its values are written down later: they must never be changed in place. */
  snapshot(): object {
    return {
      values: inGroups([...this.#values], ([key, value]) => [key, asWritten(key, value)]),
      ...this.#cleanings(),
    };
  }

  /** As `snapshot`, for values that are large: each is written apart, and read again only when somebody asks for it. */
  snapshotApart(): object {
    const values = [...this.#values];
    return {
      index: inGroups(values, ([key, value]) => {
        const { weight, name, holds } = this.#factsOf(value);
        return [key, weight, name ?? null, holds];
      }),
      apart: values.map(([, value]) => (value instanceof Unread ? value.written : later(() => value))),
      ...this.#cleanings(),
    };
  }

  restore(value: unknown, member: Shape<V>, at: string): void {
    const { values, index, apart = [], cleanAt, cleanAtWeight } = frozen(member)(value, at);
    if (values === undefined && index === undefined) throw new AiosError("checkpoint.unfit", `${at} has no values`);
    if ((index ?? []).length !== apart.length)
      throw new AiosError("checkpoint.unfit", `${at} names ${(index ?? []).length} values and holds ${apart.length}`);
    this.#values.clear();
    this.#weight = 0;
    this.#counts.clear();
    for (const [key, one] of values ?? []) this.#take(key, one);
    for (const [place, [key, facts]] of (index ?? []).entries())
      this.#take(key, new Unread(apart[place], facts, member, at));
    this.#cleanAt = cleanAt;
    this.#cleanAtWeight = cleanAtWeight ?? Number.POSITIVE_INFINITY;
  }

  #take(key: string, one: V | Unread<V>): void {
    this.#values.set(key, one);
    this.#count(one, 1);
    this.#weight += this.#weigh(one);
  }

  #read(key: string, unread: Unread<V>): V {
    const value = unread.read(key);
    this.#values.set(key, value);
    return value;
  }

  #cleanings(): object {
    return {
      cleanAt: this.#cleanAt,
      cleanAtWeight: Number.isFinite(this.#cleanAtWeight) ? this.#cleanAtWeight : null,
    };
  }

  #factsOf(value: V | Unread<V>): Facts {
    if (value instanceof Unread) return value.facts;
    return { weight: this.#weigh(value), name: this.#options.countBy?.(value), holds: this.#holds(value) };
  }

  #weigh(value: V | Unread<V>): number {
    return value instanceof Unread ? value.facts.weight : (this.#options.weigh?.(value) ?? 0);
  }

  #holds(value: V | Unread<V>): boolean {
    return value instanceof Unread ? value.facts.holds : this.#options.holds?.(value) === true;
  }

  /** Mostly a value is counted as the one before it was. */
  #recount(before: V | Unread<V> | undefined, value: V): void {
    const [from, to] = [before === undefined ? undefined : this.#nameOf(before), this.#nameOf(value)];
    if (from === to) return;
    this.#add(from, -1);
    this.#add(to, 1);
  }

  #count(value: V | Unread<V>, by: number): void {
    this.#add(this.#nameOf(value), by);
  }

  #nameOf(value: V | Unread<V>): string | undefined {
    return value instanceof Unread ? value.facts.name : this.#options.countBy?.(value);
  }

  #add(name: string | undefined, by: number): void {
    if (name !== undefined) this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  #clean(): void {
    const { capacity, maxWeight = Number.POSITIVE_INFINITY } = this.#options;
    for (const [key, value] of this.#values) {
      if (this.#values.size <= capacity && this.#weight <= maxWeight) break;
      if (this.#holds(value)) continue;
      this.delete(key);
      if (this.#forgotten !== undefined) this.#forgotten(key, value instanceof Unread ? value.read(key) : value);
    }
    this.#cleanAt = Math.max(capacity, this.#values.size) + this.#slack;
    this.#cleanAtWeight = Math.max(maxWeight, this.#weight * (17 / 16));
  }
}

/** A line of the index: key, weight, the name it is counted by, and whether it holds. */
const indexed: Shape<[string, Facts]> = (value, at) => {
  const [key, weight, name, holds] = Array.isArray(value) ? (value as unknown[]) : [];
  return [text(key, at), { weight: number(weight, at), name: optional(text)(name, at), holds: yesNo(holds, at) }];
};

function asWritten<V>(key: string, value: V | Unread<V>): V {
  return value instanceof Unread ? value.read(key) : value;
}

function frozen<V>(member: Shape<V>) {
  return objectOf({
    values: optional(groupsOf(pairOf(text, member))),
    index: optional(groupsOf(indexed)),
    apart: optional(listOf(anything)),
    cleanAt: number,
    cleanAtWeight: optional(number),
  });
}

/** The list with one more at its end, without its oldest beyond `most`. */
export function appended<T>(list: readonly T[], item: T, most: number): readonly T[] {
  return list.length < most ? [...list, item] : [...list.slice(list.length - most + 1), item];
}
