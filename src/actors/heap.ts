/** Something a heap can hold: the heap notes where it stands, so that it can be taken out again without a search. */
export interface Placed {
  /** Kept by the heap; -1 while it is in none. */
  place: number;
}

/** So many below each: fewer levels than with two, and those that are compared stand beside each other in memory. */
const WIDTH = 4;

/**
 * A heap by time: the earliest stands in front, of one time the one that was added first, and anything can be taken out
 * in the logarithm of the size. The numbers that are compared are kept apart from the items: of a hundred thousand no item
 * is looked at that is not moved.
 */
export class Heap<T extends Placed> {
  readonly #items: T[] = [];
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  #added = 0;

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T, atMs: number): void {
    this.#rise(item, atMs, this.#added++, this.#items.length);
  }

  /** Takes an item out; one that is in no heap is left alone. */
  remove(item: T): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#items.pop();
    const time = this.#times.pop() ?? 0;
    const order = this.#orders.pop() ?? 0;
    if (last === undefined || last === item) return;
    this.#sink(last, time, order, place);
  }

  /** Brings an item from a free place to where all above are before it. */
  #rise(item: T, time: number, order: number, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = Math.floor((place - 1) / WIDTH);
      if (!this.#isAfter(parent, time, order)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(item, time, order, place);
  }

  /** Brings an item from a free place to where all below are after it, or further up. */
  #sink(item: T, time: number, order: number, from: number): void {
    let place = from;
    for (;;) {
      const least = this.#leastBelow(place);
      if (least === undefined || this.#isAfter(least, time, order)) break;
      this.#move(least, place);
      place = least;
    }
    this.#rise(item, time, order, place);
  }

  #leastBelow(place: number): number | undefined {
    const begin = WIDTH * place + 1;
    const end = Math.min(begin + WIDTH, this.#items.length);
    if (begin >= end) return undefined;
    let least = begin;
    for (let other = begin + 1; other < end; other++)
      if (this.#isAfter(least, this.#times[other] ?? 0, this.#orders[other] ?? 0)) least = other;
    return least;
  }

  #isAfter(place: number, time: number, order: number): boolean {
    const own = this.#times[place] ?? 0;
    return own > time || (own === time && (this.#orders[place] ?? 0) > order);
  }

  #move(from: number, to: number): void {
    const item = this.#items[from];
    if (item !== undefined) this.#put(item, this.#times[from] ?? 0, this.#orders[from] ?? 0, to);
  }

  #put(item: T, time: number, order: number, place: number): void {
    item.place = place;
    this.#items[place] = item;
    this.#times[place] = time;
    this.#orders[place] = order;
  }
}
