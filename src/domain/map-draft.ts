import { PersistentMap } from "../kernel/persistent-map.ts";

/** The next value of a map that is never changed; the map itself where nothing changes. */
export class MapDraft<V> {
  #entries: ReadonlyMap<string, V>;

  constructor(from: ReadonlyMap<string, V>) {
    this.#entries = from;
  }

  get entries(): ReadonlyMap<string, V> {
    return this.#entries;
  }

  set(id: string, value: V): void {
    this.#entries = PersistentMap.of(this.#entries).with(id, value);
  }

  delete(id: string): void {
    if (this.#entries.has(id)) this.#entries = PersistentMap.of(this.#entries).without(id);
  }
}
