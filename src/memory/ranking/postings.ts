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
  /** Starts of the lists that moved on, by their room. */
  readonly #free: number[][] = [];

  /** Adds a document's terms, repeated as often as it has them. Documents come in rising order. */
  add(document: number, terms: readonly string[]): void {
    for (const term of terms) this.#count(this.#idFor(term), document);
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
    const id = this.#ids.size;
    this.#ids.set(term, id);
    if (id === this.#starts.length) this.#widen();
    this.#rooms[id] = FIRST_ROOM;
    this.#starts[id] = this.#place(FIRST_ROOM);
    return id;
  }

  #count(id: number, document: number): void {
    const count = this.#counts[id] ?? 0;
    const next = (this.#starts[id] ?? 0) + count;
    const last = count === 0 ? 0 : (this.#cells[next - 1] ?? 0);
    if (count > 0 && documentOf(last) === document) {
      if (frequencyOf(last) < TF_MAX) this.#cells[next - 1] = last + 1;
      return;
    }
    const room = this.#rooms[id] ?? 0;
    const at = count === 1 << room ? this.#move(id, count, room) : next;
    this.#cells[at] = ((document << TF_BITS) | 1) >>> 0;
    this.#counts[id] = count + 1;
  }

  /** Gives a full list twice its room; answers where its next posting goes. */
  #move(id: number, count: number, room: number): number {
    const from = this.#starts[id] ?? 0;
    const to = this.#place(room + 1);
    this.#cells.copyWithin(to, from, from + count);
    const free = this.#free[room];
    if (free === undefined) this.#free[room] = [from];
    else free.push(from);
    this.#starts[id] = to;
    this.#rooms[id] = room + 1;
    return to + count;
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
