interface Entry<V> {
  /** Grows with each name that joins: the order of the map. */
  readonly ordinal: number;
  readonly value: V;
}

/** What the newest version holds. */
interface Store<V> {
  readonly entries: Map<string, Entry<V>>;
  nextOrdinal: number;
  /** Changes until the next version gets a copy of its own: a version that somebody keeps must not hold on to all that came since. */
  left: number;
}

/** What another version is, where a name is as it was before: absent where it was not there. */
interface Undo<V> {
  readonly next: PersistentMap<V>;
  readonly name: string;
  readonly before: Entry<V> | undefined;
}

const FEWEST_CHANGES = 64;

/**
 * A map that is never changed: a change gives the next version, in constant time however large it is. In the order in
 * which names joined, as `Map`.
 *
 * The newest version holds the entries and an older one what it differs in (Baker, "Shallow Binding Makes Functional Arrays
 * Fast", SIGPLAN Notices 26(8), 1991); an older one that is read gets a copy of its own. After twice as many changes as
 * there are entries a version gets a copy in any case, so that whoever keeps one keeps no more than a few copies' worth.
 */
export class PersistentMap<V> implements ReadonlyMap<string, V> {
  readonly size: number;
  #store: Store<V> | undefined;
  #undo: Undo<V> | undefined;

  private constructor(store: Store<V>) {
    this.#store = store;
    this.size = store.entries.size;
  }

  /** The map itself where it is persistent, else a copy. */
  static of<V>(from: ReadonlyMap<string, V>): PersistentMap<V> {
    if (isPersistent(from)) return from;
    let nextOrdinal = 0;
    const entries = new Map<string, Entry<V>>();
    for (const [name, value] of from) entries.set(name, { ordinal: nextOrdinal++, value });
    return new PersistentMap(storeOf(entries, nextOrdinal));
  }

  /** One that is there keeps its place, a new one comes last. */
  with(name: string, value: V): PersistentMap<V> {
    const store = this.#changeable();
    const before = store.entries.get(name);
    store.entries.set(name, { ordinal: before?.ordinal ?? store.nextOrdinal++, value });
    return this.#next(store, name, before);
  }

  without(name: string): PersistentMap<V> {
    if (!this.has(name)) return this;
    const store = this.#changeable();
    const before = store.entries.get(name);
    store.entries.delete(name);
    return this.#next(store, name, before);
  }

  get(name: string): V | undefined {
    return this.#own().entries.get(name)?.value;
  }

  has(name: string): boolean {
    return this.#own().entries.has(name);
  }

  forEach(each: (value: V, name: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [name, value] of this) each(value, name, this);
  }

  keys(): MapIterator<string> {
    return [...this.#own().entries.keys()].values();
  }

  values(): MapIterator<V> {
    return Array.from(this.#own().entries.values(), ({ value }) => value).values();
  }

  /** As they are now, whatever versions are made meanwhile. */
  entries(): MapIterator<[string, V]> {
    return Array.from(this.#own().entries, ([name, { value }]): [string, V] => [name, value]).values();
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  /** The store that the next version takes over. */
  #changeable(): Store<V> {
    const store = this.#own();
    if (store.left === 0) return storeOf(new Map(store.entries), store.nextOrdinal);
    store.left -= 1;
    return store;
  }

  #next(store: Store<V>, name: string, before: Entry<V> | undefined): PersistentMap<V> {
    const next = new PersistentMap(store);
    if (store === this.#store) {
      this.#store = undefined;
      this.#undo = { next, name, before };
    }
    return next;
  }

  #own(): Store<V> {
    this.#store ??= this.#rebuilt();
    this.#undo = undefined;
    return this.#store;
  }

  /** A copy of what the newest version holds, with all taken back that came after this one. */
  #rebuilt(): Store<V> {
    const undone: Undo<V>[] = [];
    for (let undo = this.#undo; undo !== undefined; undo = undo.next.#undo) undone.push(undo);
    const newest = undone.at(-1)?.next;
    const held = newest === undefined ? storeOf<V>(new Map(), 0) : newest.#own();
    const entries = new Map(held.entries);
    for (const { name, before } of undone.reverse()) {
      if (before === undefined) entries.delete(name);
      else entries.set(name, before);
    }
    const inOrder = [...entries].sort(([, a], [, b]) => a.ordinal - b.ordinal);
    return storeOf(new Map(inOrder), held.nextOrdinal);
  }
}

function storeOf<V>(entries: Map<string, Entry<V>>, nextOrdinal: number): Store<V> {
  return { entries, nextOrdinal, left: Math.max(FEWEST_CHANGES, 2 * entries.size) };
}

function isPersistent<V>(map: ReadonlyMap<string, V>): map is PersistentMap<V> {
  return map instanceof PersistentMap;
}

/** Whether it is a map of either kind. */
export function isMap(value: object): value is ReadonlyMap<unknown, unknown> {
  return value instanceof Map || value instanceof PersistentMap;
}
