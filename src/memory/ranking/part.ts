import { mostOf, saturation } from "./bm25.ts";
import { documentOf, frequencyOf, type PostingList } from "./postings.ts";
import type { CollectionStatistics } from "./statistics.ts";

/** Columns of a table of gains: a term stands more often than this in hardly any text. */
const COLUMNS = 16;

/** What is known of documents without their terms. Documents have few different lengths: each has a row, from 1. */
export interface DocumentLengths {
  readonly lengthOf: (document: number) => number;
  readonly rowOf: (document: number) => number;
  readonly lengthOfRow: readonly number[];
}

/**
 * The documents that take part: statistics and scores come from them and from no others. A change of one document costs
 * nothing but itself.
 */
export class Part implements CollectionStatistics {
  readonly #lengths: DocumentLengths;
  readonly #holders: (term: string, part: Part) => number;
  #documents = 0;
  #total = 0;
  /** By document: where the row of its length begins in `gains`; 0 for documents that take no part. */
  #rows = new Int32Array(1_024);
  /** What a term adds to a score before its weight, by length of the document and frequency. The first row is all 0. */
  #gains = new Float64Array(0);
  /** What the gains were computed from. */
  #settled = { averageLength: 0, rows: 0 };

  constructor(lengths: DocumentLengths, holders: (term: string, part: Part) => number) {
    this.#lengths = lengths;
    this.#holders = holders;
  }

  get documents(): number {
    return this.#documents;
  }

  get averageLength(): number {
    return this.#total === 0 ? 1 : this.#total / this.#documents;
  }

  holders = (term: string): number => this.#holders(term, this);

  has(document: number): boolean {
    return (this.#rows[document] ?? 0) !== 0;
  }

  show(document: number): void {
    if (this.has(document)) return;
    while (document >= this.#rows.length) this.#widen();
    this.#rows[document] = this.#lengths.rowOf(document) * COLUMNS;
    this.#documents += 1;
    this.#total += this.#lengths.lengthOf(document);
  }

  /** Comes before the document is changed or removed. */
  hide(document: number): void {
    if (!this.has(document)) return;
    this.#rows[document] = 0;
    this.#documents -= 1;
    this.#total -= this.#lengths.lengthOf(document);
  }

  /** Makes the gains those of the documents that take part now. */
  settle(): void {
    const { lengthOfRow } = this.#lengths;
    const { averageLength } = this;
    if (this.#settled.averageLength === averageLength && this.#settled.rows === lengthOfRow.length) return;
    const gains = new Float64Array(lengthOfRow.length * COLUMNS);
    for (let row = 1; row < lengthOfRow.length; row += 1)
      for (let frequency = 1; frequency < COLUMNS; frequency += 1)
        gains[row * COLUMNS + frequency] = saturation(frequency, lengthOfRow[row] ?? 0, averageLength);
    this.#gains = gains;
    this.#settled = { averageLength, rows: lengthOfRow.length };
  }

  /** Adds what a term tells to the scores of the documents that have it. Comes after `settle`. */
  addTerm({ cells, start, end }: PostingList, term: string, weight: number, scores: Float64Array): void {
    const rows = this.#rows;
    const gains = this.#gains;
    const most = mostOf(term, weight, this);
    for (let at = start; at < end; at += 1) {
      const posting = cells[at] ?? 0;
      const document = documentOf(posting);
      const frequency = frequencyOf(posting);
      const gain =
        frequency < COLUMNS ? (gains[(rows[document] ?? 0) + frequency] ?? 0) : this.#rareGain(document, frequency);
      scores[document] = (scores[document] ?? 0) + most * gain;
    }
  }

  #rareGain(document: number, frequency: number): number {
    return this.has(document) ? saturation(frequency, this.#lengths.lengthOf(document), this.averageLength) : 0;
  }

  #widen(): void {
    const wider = new Int32Array(2 * this.#rows.length);
    wider.set(this.#rows);
    this.#rows = wider;
  }
}
