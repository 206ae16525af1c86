/** The next value of a map that is never changed: a copy from the first change on, and the map itself where there is none. */
export class MapDraft<V> {
  readonly #from: ReadonlyMap<string, V>;
  #copy: Map<string, V> | undefined;

  constructor(from: ReadonlyMap<string, V>) {
    this.#from = from;
  }

  get entries(): ReadonlyMap<string, V> {
    return this.#copy ?? this.#from;
  }

  set(id: string, value: V): void {
    this.#copy ??= new Map(this.#from);
    this.#copy.set(id, value);
  }

  /** Whether it was there. */
  delete(id: string): boolean {
    if (!this.entries.has(id)) return false;
    this.#copy ??= new Map(this.#from);
    return this.#copy.delete(id);
  }
}
