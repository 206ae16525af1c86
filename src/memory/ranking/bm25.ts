const K1 = 0.9;
const B = 0.4;
/** A posting is `document * TF_LIMIT + frequency`: one small integer instead of two. */
const TF_LIMIT = 256;

/** Which documents take part: the statistics of a ranking are those of the documents its reader may see, and no others. */
export type Visible = Uint8Array;

/** Term statistics of documents that are named by small integers, and Okapi BM25 over any part of them. */
export class Bm25 {
  readonly #postings = new Map<string, number[]>();
  readonly #lengths: number[] = [];

  add(document: number, terms: readonly string[]): void {
    const counts = new Map<string, number>();
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    for (const [term, count] of counts) {
      const posting = document * TF_LIMIT + Math.min(count, TF_LIMIT - 1);
      const list = this.#postings.get(term);
      if (list === undefined) this.#postings.set(term, [posting]);
      else list.push(posting);
    }
    this.#lengths[document] = terms.length;
  }

  /** Scores by document; documents that share no term with the query, or are not visible, are missing. */
  score(query: readonly string[], visible: Visible): Map<number, number> {
    const { count, average } = this.#collection(visible);
    const scores = new Map<number, number>();
    for (const [term, weight] of frequencies(query)) {
      const list = this.#postings.get(term)?.filter((posting) => visible[Math.floor(posting / TF_LIMIT)] === 1) ?? [];
      const idf = Math.log(1 + (count - list.length + 0.5) / (list.length + 0.5));
      for (const posting of list) {
        const document = Math.floor(posting / TF_LIMIT);
        const tf = posting % TF_LIMIT;
        const norm = K1 * (1 - B + (B * (this.#lengths[document] ?? 0)) / average);
        scores.set(document, (scores.get(document) ?? 0) + (weight * idf * tf * (K1 + 1)) / (tf + norm));
      }
    }
    return scores;
  }

  #collection(visible: Visible): { readonly count: number; readonly average: number } {
    let count = 0;
    let total = 0;
    for (let document = 0; document < visible.length; document += 1) {
      if (visible[document] !== 1) continue;
      count += 1;
      total += this.#lengths[document] ?? 0;
    }
    return { count, average: total === 0 ? 1 : total / count };
  }
}

function frequencies(terms: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}
