import type { CollectionStatistics, WeighedTerms } from "./statistics.ts";

const K1 = 1.2;
const B = 0.75;
/** A posting is the document in the upper bits and the frequency in the lower eight: one small integer instead of two. */
const TF_BITS = 8;
const TF_MAX = 255;

/** One byte for each document, 1 for those that take part: statistics and scores come from them and from no others. */
export type Visible = Uint8Array;

/** Term statistics of documents that are named by small integers, and Okapi BM25 over any part of them. */
export class Bm25 {
  readonly #postings = new Map<string, number[]>();
  readonly #lengths: number[] = [];

  add(document: number, terms: readonly string[]): void {
    for (const [term, count] of frequencies(terms)) {
      const posting = (document << TF_BITS) | Math.min(count, TF_MAX);
      const list = this.#postings.get(term);
      if (list === undefined) this.#postings.set(term, [posting]);
      else list.push(posting);
    }
    this.#lengths[document] = terms.length;
  }

  /** Scores by document, divided by the largest; 0 for documents that share no term with the query or are not visible. */
  score(query: WeighedTerms, visible: Visible): Float64Array {
    const whole = this.statistics(visible);
    const scores = new Float64Array(visible.length);
    for (const [term, weight] of query) this.#addTerm(term, weight, whole, visible, scores);
    const best = scores.reduce((most, score) => (score > most ? score : most), 0);
    return best === 0 ? scores : scores.map((score) => score / best);
  }

  #addTerm(term: string, weight: number, whole: CollectionStatistics, visible: Visible, scores: Float64Array): void {
    const list = this.#postings.get(term);
    if (list === undefined) return;
    const idf = weight * idfOf(term, whole) * (K1 + 1);
    for (const posting of list) {
      const document = posting >> TF_BITS;
      if (visible[document] !== 1) continue;
      const part = saturation(posting & TF_MAX, this.#lengths[document] ?? 0, whole.averageLength);
      scores[document] = (scores[document] ?? 0) + idf * part;
    }
  }

  /** Of the documents that take part. */
  statistics(visible: Visible): CollectionStatistics {
    let documents = 0;
    let total = 0;
    for (let document = 0; document < visible.length; document += 1) {
      if (visible[document] !== 1) continue;
      documents += 1;
      total += this.#lengths[document] ?? 0;
    }
    const holders = (term: string) => {
      // The usual case: nothing is hidden, and the list need not be walked for its length.
      if (documents === visible.length) return this.#postings.get(term)?.length ?? 0;
      let count = 0;
      for (const posting of this.#postings.get(term) ?? []) count += visible[posting >> TF_BITS] ?? 0;
      return count;
    };
    return { documents, averageLength: total === 0 ? 1 : total / documents, holders };
  }
}

/** What a term tells, from nearly 0 for one that every document has. */
export function idfOf(term: string, { documents, holders }: CollectionStatistics): number {
  const having = holders(term);
  return Math.log(1 + (Math.max(documents, having) - having + 0.5) / (having + 0.5));
}

/** The share of what all terms of a question tell that those tell which a document has, 0 to 1. */
export function coverageOf(query: WeighedTerms, has: (term: string) => boolean, whole: CollectionStatistics): number {
  let all = 0;
  let found = 0;
  for (const [term, weight] of query) {
    const telling = weight * idfOf(term, whole);
    all += telling;
    if (has(term)) found += telling;
  }
  return all === 0 ? 0 : found / all;
}

/** What a term that occurs so often adds to the score of a document so long, from 0 to 1. */
export function saturation(frequency: number, length: number, averageLength: number): number {
  return frequency / (frequency + K1 * (1 - B + (B * length) / averageLength));
}

export function frequencies(terms: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}
