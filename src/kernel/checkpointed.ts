/**
 * A fold of events whose state can be put into a checkpoint and taken up again.
 *
 * Invariants:
 *  1. What `snapshot` gave, restored into a new fold that then hears the events that followed, stands where a fold
 *     stands that heard all of them: in its own snapshot, in its answers and in what it does next.
 *  2. What `snapshot` gave never changes, whatever the fold hears later. It may be written down much later.
 *  3. `restore` replaces everything the fold knew. What does not fit is refused with `checkpoint.unfit`.
 */
export interface Checkpointed {
  /** Unique among the folds of an engine. */
  readonly name: string;
  /** Raised with every change of what a snapshot holds, or of what events mean to the fold. */
  readonly version: number;
  /** How a snapshot of an older version becomes one of the next, by the older version: a pure function of JSON values. */
  readonly upgrades?: Readonly<Record<number, (older: unknown) => unknown>>;
  /**
   * Nothing that was promised hangs on it, and less to show or to guess from is honest: where the snapshot of another version cannot be read and
   * the journal is not whole, it begins with what is still held. Without this such an engine does not start.
   */
  readonly mayBeginLate?: true;
  snapshot(): Snapshot;
  /** @param value what `snapshot` gave, after a round trip through JSON text */
  restore(value: unknown): void;
}

/**
 * JSON values by name. Members that are undefined count as absent. A member of a list may be `later`: made when it is
 * written down, from what never changes. What was is `Stored` when it is taken up again, and may be handed on as it is.
 */
export type Snapshot = Readonly<Record<string, unknown>>;

export class Later {
  readonly make: () => unknown;

  constructor(make: () => unknown) {
    this.make = make;
  }
}

/** A member that was made later, taken up again: it is text until somebody asks for the value. */
export class Stored {
  readonly #text: () => string;

  constructor(text: () => string) {
    this.#text = text;
  }

  /** As it was written. */
  get text(): string {
    return this.#text();
  }

  read(): unknown {
    return JSON.parse(this.#text());
  }
}

/** The value of a member of a list, whether it was stored or not. */
export function readNow(member: unknown): unknown {
  return member instanceof Stored ? member.read() : member;
}

/** A snapshot with everything in it made and read now. */
export function madeNow(value: unknown): unknown {
  if (value instanceof Later) return madeNow(value.make());
  if (value instanceof Stored) return value.read();
  if (Array.isArray(value)) return value.map(madeNow);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, madeNow(member)]));
}

/** A member that costs too much to be made while everybody waits. */
export function later(make: () => unknown): Later {
  return new Later(make);
}

/** Items in groups, each made later: writing down one group is a short piece of work. */
export function inGroups<T>(items: readonly T[], each: (item: T) => unknown = (item) => item): readonly Later[] {
  const groups: Later[] = [];
  for (let from = 0; from < items.length; from += GROUP_SIZE) {
    groups.push(later(() => items.slice(from, from + GROUP_SIZE).map(each)));
  }
  return groups;
}

/** Items in each group but the last. */
export const GROUP_SIZE = 200;
