import { type DocumentLengths, Part } from "./part.ts";
import { documentOf, doubled, Postings } from "./postings.ts";
import type { WeighedTerms } from "./statistics.ts";

/** Term statistics of documents that are named by small integers, and Okapi BM25 over any part of them. */
export class TermIndex {
  readonly #postings = new Postings();
  #lengths = new Uint32Array(1_024);
  #rows = new Uint32Array(1_024);
  /** Of each row its length; the first row is that of documents that take no part. */
  readonly #lengthOfRow = [0];
  readonly #rowOf = new Map<number, number>();
  #documents = 0;

  /** Adds a document that is not there. */
  add(document: number, terms: readonly string[]): void {
    this.#postings.add(document, terms);
    while (document >= this.#lengths.length) {
      this.#lengths = doubled(this.#lengths);
      this.#rows = doubled(this.#rows);
    }
    this.#lengths[document] = terms.length;
    this.#rows[document] = this.#rowFor(terms.length);
    this.#documents += 1;
  }

  /** Takes a document away that no part holds; `terms` are those it was added with. */
  remove(document: number, terms: readonly string[]): void {
    this.#postings.remove(document, terms);
    this.#documents -= 1;
  }

  /** The number of a term, as long as a document has it. */
  idOf(term: string): number | undefined {
    return this.#postings.idOf(term);
  }

  /** Of the documents so far none. */
  emptyPart(): Part {
    const holders = (term: string, part: Part) => this.#holders(term, part);
    const lengths: DocumentLengths = {
      lengthOf: (document) => this.#lengths[document] ?? 0,
      rowOf: (document) => this.#rows[document] ?? 0,
      lengthOfRow: this.#lengthOfRow,
    };
    return new Part(lengths, holders);
  }

  /** Writes the score of each document into `scores`, 0 for those that share no term with the query; answers the largest. */
  score(query: WeighedTerms, part: Part, scores: Float64Array): number {
    scores.fill(0);
    part.settle();
    for (const [term, weight] of query) {
      const id = this.#postings.idOf(term);
      if (id !== undefined) part.addTerm(this.#postings.listOf(id), term, weight, scores);
    }
    let best = 0;
    // By index: a typed array's iterator takes several times as long.
    for (let document = 0; document < scores.length; document += 1) best = Math.max(best, scores[document] ?? 0);
    return best;
  }

  #rowFor(length: number): number {
    const known = this.#rowOf.get(length);
    if (known !== undefined) return known;
    const row = this.#lengthOfRow.length;
    this.#lengthOfRow.push(length);
    this.#rowOf.set(length, row);
    return row;
  }

  #holders(term: string, part: Part): number {
    const id = this.#postings.idOf(term);
    if (id === undefined) return 0;
    const { cells, start, end } = this.#postings.listOf(id);
    // The usual case: nothing is hidden, and the list need not be walked for its length.
    if (part.documents === this.#documents) return end - start;
    let count = 0;
    for (let at = start; at < end; at += 1) if (part.has(documentOf(cells[at] ?? 0))) count += 1;
    return count;
  }
}
