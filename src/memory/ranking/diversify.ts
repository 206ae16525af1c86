import type { StoredItem } from "../item.ts";
import type { Ranked } from "./ranked.ts";

const LAMBDA = 0.95;
/** Answers are chosen among so many of the best, or three times as many as are wanted. */
const POOL = 50;

export function poolSize(topK: number): number {
  return Math.max(POOL, topK * 3);
}

/** How many candidates of a store's own index surely hold the pool, though the store ranks a little differently. */
export function candidatesFor(topK: number): number {
  return 4 * poolSize(topK);
}

/**
 * Maximal marginal relevance among the pool, which comes best first: each next answer is the one with the best of its score less its likeness to those before it.
 * Scores never rise from one answer to the next.
 */
export function diversify(
  pooled: readonly Ranked[],
  topK: number,
  termsOf: (item: StoredItem) => Uint32Array,
): readonly Ranked[] {
  const pool = pooled.map((entry) => ({ entry, terms: termsOf(entry.item), likeness: 0 }));
  const chosen: Ranked[] = [];
  while (chosen.length < topK && pool.length > 0) {
    const at = pool.reduce(
      (bestAt, candidate, index) => (marginal(candidate) > marginal(pool[bestAt]) ? index : bestAt),
      0,
    );
    const [next] = pool.splice(at, 1);
    if (next === undefined) break;
    const score = Math.max(0, marginal(next));
    const { entry, terms } = next;
    chosen.push({ ...entry, score, signals: { ...entry.signals, diversity: score - entry.score } });
    for (const candidate of pool) candidate.likeness = Math.max(candidate.likeness, overlap(terms, candidate.terms));
  }
  return chosen;
}

function marginal(candidate: { readonly entry: Ranked; readonly likeness: number } | undefined): number {
  return candidate === undefined
    ? Number.NEGATIVE_INFINITY
    : LAMBDA * candidate.entry.score - (1 - LAMBDA) * candidate.likeness;
}

/** Shared words of all words, both in rising order. */
function overlap(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let [left, right] = [0, 0]; left < a.length && right < b.length; ) {
    const [one, other] = [a[left] ?? 0, b[right] ?? 0];
    if (one === other) shared += 1;
    if (one <= other) left += 1;
    if (other <= one) right += 1;
  }
  const all = a.length + b.length - shared;
  return all === 0 ? 0 : shared / all;
}
