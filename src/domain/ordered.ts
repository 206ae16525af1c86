/** A list that stays in order while members come and go; what comes last costs nothing to add. No two members are equal. */
export class Ordered<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #members: T[] = [];

  /** `compare` as for sorting; it has to tell any two members apart, and the same way as long as they are here. */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  /** In order; not to be changed. */
  get members(): readonly T[] {
    return this.#members;
  }

  get first(): T | undefined {
    return this.#members[0];
  }

  add(member: T): void {
    this.#members.splice(this.#placeOf(member), 0, member);
  }

  /** Nothing happens for one that is not here. */
  remove(member: T): void {
    const at = this.#placeOf(member);
    if (this.#members[at] === member) this.#members.splice(at, 1);
  }

  clear(): void {
    this.#members.length = 0;
  }

  /** Where it is, or belongs. */
  #placeOf(member: T): number {
    let low = 0;
    let high = this.#members.length;
    const last = this.#members[high - 1];
    if (last === undefined || this.#compare(last, member) < 0) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = this.#members[middle];
      if (there !== undefined && this.#compare(there, member) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
