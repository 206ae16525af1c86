import type { CollectionStatistics, WeighedTerms } from "./statistics.ts";

const K1 = 1.2;
const B = 0.75;
/** What a term tells, from nearly 0 for one that every document has. */
export function idfOf(term: string, { documents, holders }: CollectionStatistics): number {
  const having = holders(term);
  return Math.log(1 + (Math.max(documents, having) - having + 0.5) / (having + 0.5));
}

/** The most that a term which counts so much can add to a score. */
export function mostOf(term: string, weight: number, whole: CollectionStatistics): number {
  return weight * idfOf(term, whole) * (K1 + 1);
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
