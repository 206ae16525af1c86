import { mostOf, saturation } from "./bm25.ts";
import { documentOf, doubled, frequencyOf, Postings } from "./postings.ts";
import type { CollectionStatistics, WeighedTerms } from "./statistics.ts";

/** One byte for each document, 1 for those that take part: statistics and scores come from them and from no others. */
export type Visible = Uint8Array;

/** Columns of a table of gains: a term stands more often than this in hardly any text. */
const COLUMNS = 16;

/** The documents that take part, and what can be known of them before anything is asked. */
export interface Part extends CollectionStatistics {
  readonly visible: Visible;
  /** By document: where the row of its length begins in `gains`; 0 for documents that take no part. */
  readonly rows: Int32Array;
  /** What a term adds to a score before its weight, by length of the document and frequency. The first row is all 0. */
  readonly gains: Float64Array;
}

/** Term statistics of documents that are named by small integers, and Okapi BM25 over any part of them. */
export class TermIndex {
  readonly #postings = new Postings();
  #lengths = new Uint32Array(1_024);

  /** Documents come in rising order. */
  add(document: number, terms: readonly string[]): void {
    this.#postings.add(document, terms);
    while (document >= this.#lengths.length) this.#lengths = doubled(this.#lengths);
    this.#lengths[document] = terms.length;
  }

  /** The number of a term; `undefined` when no document ever had it. */
  idOf(term: string): number | undefined {
    return this.#postings.idOf(term);
  }

  /** Holds until the next `add`. */
  partOf(visible: Visible): Part {
    let documents = 0;
    let total = 0;
    for (let document = 0; document < visible.length; document += 1) {
      if (visible[document] !== 1) continue;
      documents += 1;
      total += this.#lengths[document] ?? 0;
    }
    const averageLength = total === 0 ? 1 : total / documents;
    const { rows, gains } = this.#gains(visible, averageLength);
    const holders = (term: string) => this.#holders(term, visible, documents === visible.length);
    return { visible, documents, averageLength, holders, rows, gains };
  }

  /** Writes the score of each document into `scores`, 0 for those that share no term with the query; answers the largest. */
  score(query: WeighedTerms, part: Part, scores: Float64Array): number {
    scores.fill(0);
    for (const [term, weight] of query) this.#addTerm(term, weight, part, scores);
    let best = 0;
    for (const score of scores) if (score > best) best = score;
    return best;
  }

  #addTerm(term: string, weight: number, part: Part, scores: Float64Array): void {
    const id = this.#postings.idOf(term);
    if (id === undefined) return;
    const { cells, start, end } = this.#postings.listOf(id);
    const { rows, gains } = part;
    const most = mostOf(term, weight, part);
    for (let at = start; at < end; at += 1) {
      const posting = cells[at] ?? 0;
      const document = documentOf(posting);
      const frequency = frequencyOf(posting);
      const gain =
        frequency < COLUMNS
          ? (gains[(rows[document] ?? 0) + frequency] ?? 0)
          : this.#rareGain(document, frequency, part);
      scores[document] = (scores[document] ?? 0) + most * gain;
    }
  }

  #rareGain(document: number, frequency: number, { visible, averageLength }: Part): number {
    return visible[document] === 1 ? saturation(frequency, this.#lengths[document] ?? 0, averageLength) : 0;
  }

  /** Documents have few different lengths: one small table instead of a division for every posting. */
  #gains(visible: Visible, averageLength: number): Pick<Part, "rows" | "gains"> {
    const rows = new Int32Array(visible.length);
    const rowOf = new Map<number, number>();
    for (let document = 0; document < visible.length; document += 1) {
      if (visible[document] !== 1) continue;
      const length = this.#lengths[document] ?? 0;
      const row = rowOf.get(length) ?? (rowOf.size + 1) * COLUMNS;
      rowOf.set(length, row);
      rows[document] = row;
    }
    const gains = new Float64Array((rowOf.size + 1) * COLUMNS);
    for (const [length, row] of rowOf)
      for (let frequency = 1; frequency < COLUMNS; frequency += 1)
        gains[row + frequency] = saturation(frequency, length, averageLength);
    return { rows, gains };
  }

  #holders(term: string, visible: Visible, isWhole: boolean): number {
    const id = this.#postings.idOf(term);
    if (id === undefined) return 0;
    const { cells, start, end } = this.#postings.listOf(id);
    // The usual case: nothing is hidden, and the list need not be walked for its length.
    if (isWhole) return end - start;
    let count = 0;
    for (let at = start; at < end; at += 1) count += visible[documentOf(cells[at] ?? 0)] ?? 0;
    return count;
  }
}
