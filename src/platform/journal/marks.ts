/** Marks lie at least so many events apart. */
const APART = 512;

interface Mark {
  readonly sequence: number;
  readonly offset: number;
}

/** Where in the file some of the events begin, so that reading the newest does not read everything before them. */
export class Marks {
  readonly #marks: Mark[] = [];

  /** The event of this sequence begins at this byte; called in rising order. */
  note(sequence: number, offset: number): void {
    const last = this.#marks.at(-1);
    if (last === undefined || sequence - last.sequence >= APART) this.#marks.push({ sequence, offset });
  }

  /** A byte from which on every event after `sequence` is found; the begin of a line. */
  before(sequence: number): number {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#marks[middle]?.sequence ?? 0) <= sequence + 1) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low - 1]?.offset ?? 0;
  }
}
