/** A posting is the document in the upper bits and the frequency in the lower eight. */
const TF_BITS = 8;
const TF_MAX = 255;
/** Room of a new list, as a power of two; lists double. */
const FIRST_ROOM = 1;

/** Where a term's postings lie: `cells` from `start` to before `end`, documents rising. */
export interface PostingList {
  readonly cells: Uint32Array;
  readonly start: number;
  readonly end: number;
}

export function documentOf(posting: number): number {
  return posting >>> TF_BITS;
}

export function frequencyOf(posting: number): number {
  return posting & TF_MAX;
}

/**
 * Which documents have a term, and how often. All lists lie in one array, four bytes a posting: a language has hundreds of
 * thousands of terms that hardly any text has, and an object for each would weigh more than what it holds.
 */
export class Postings {
  readonly #ids = new Map<string, number>();
  #starts = new Uint32Array(1_024);
  #counts = new Uint32Array(1_024);
  /** As powers of two. */
  #rooms = new Uint8Array(1_024);
  #cells = new Uint32Array(16_384);
  #used = 0;
  /** Starts of the lists that moved on or ended, by their room. */
  readonly #free: number[][] = [];
  /** Numbers of terms that no document has any more, for the next new terms. */
  readonly #spare: number[] = [];

  /** Adds the terms of a document that is not there, repeated as often as it has them. Cheapest in rising order. */
  add(document: number, terms: readonly string[]): void {
    for (const term of terms) this.#count(this.#idFor(term), document);
  }

  /** Takes a document away again; `terms` are those it was added with. */
  remove(document: number, terms: readonly string[]): void {
    for (const term of new Set(terms)) this.#take(term, document);
  }

  /** The number of a term; `undefined` when no document ever had it. */
  idOf(term: string): number | undefined {
    return this.#ids.get(term);
  }

  listOf(id: number): PostingList {
    const start = this.#starts[id] ?? 0;
    return { cells: this.#cells, start, end: start + (this.#counts[id] ?? 0) };
  }

  #idFor(term: string): number {
    const known = this.#ids.get(term);
    if (known !== undefined) return known;
    const id = this.#spare.pop() ?? this.#ids.size;
    this.#ids.set(term, id);
    if (id === this.#starts.length) this.#widen();
    this.#rooms[id] = FIRST_ROOM;
    this.#starts[id] = this.#place(FIRST_ROOM);
    return id;
  }

  #count(id: number, document: number): void {
    const count = this.#counts[id] ?? 0;
    const end = (this.#starts[id] ?? 0) + count;
    const last = count === 0 ? 0 : (this.#cells[end - 1] ?? 0);
    const found = count > 0 && documentOf(last) >= document ? this.#seek(id, document) : end;
    const there = this.#cells[found] ?? 0;
    if (found < end && documentOf(there) === document) {
      if (frequencyOf(there) < TF_MAX) this.#cells[found] = there + 1;
      return;
    }
    const room = this.#rooms[id] ?? 0;
    const moved = count === 1 << room ? this.#move(id, count, room) : 0;
    const at = found + moved;
    this.#cells.copyWithin(at + 1, at, end + moved);
    this.#cells[at] = ((document << TF_BITS) | 1) >>> 0;
    this.#counts[id] = count + 1;
  }

  #take(term: string, document: number): void {
    const id = this.#ids.get(term);
    if (id === undefined) return;
    const start = this.#starts[id] ?? 0;
    const end = start + (this.#counts[id] ?? 0);
    const at = this.#seek(id, document);
    if (at === end || documentOf(this.#cells[at] ?? 0) !== document) return;
    this.#cells.copyWithin(at, at + 1, end);
    this.#counts[id] = end - start - 1;
    if (end - start > 1) return;
    this.#ids.delete(term);
    this.#spare.push(id);
    this.#release(start, this.#rooms[id] ?? 0);
  }

  /** Where in a list the first posting stands whose document is not before this one. */
  #seek(id: number, document: number): number {
    let from = this.#starts[id] ?? 0;
    let to = from + (this.#counts[id] ?? 0);
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (documentOf(this.#cells[middle] ?? 0) < document) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Gives a full list twice its room; answers how far it went. */
  #move(id: number, count: number, room: number): number {
    const from = this.#starts[id] ?? 0;
    const to = this.#place(room + 1);
    this.#cells.copyWithin(to, from, from + count);
    this.#release(from, room);
    this.#starts[id] = to;
    this.#rooms[id] = room + 1;
    return to - from;
  }

  #release(start: number, room: number): void {
    const free = this.#free[room];
    if (free === undefined) this.#free[room] = [start];
    else free.push(start);
  }

  #place(room: number): number {
    const left = this.#free[room]?.pop();
    if (left !== undefined) return left;
    const start = this.#used;
    this.#used += 1 << room;
    while (this.#used > this.#cells.length) this.#cells = doubled(this.#cells);
    return start;
  }

  #widen(): void {
    this.#starts = doubled(this.#starts);
    this.#counts = doubled(this.#counts);
    const rooms = new Uint8Array(2 * this.#rooms.length);
    rooms.set(this.#rooms);
    this.#rooms = rooms;
  }
}

/** A copy with as much room again. */
export function doubled(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(2 * numbers.length);
  wider.set(numbers);
  return wider;
}
