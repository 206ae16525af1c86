import { frequencies } from "../../ranking/bm25.ts";
import type { Terms } from "../../ranking/item-text.ts";
import type { ServerQuestion } from "../../server/store.ts";
import { hashOf } from "../../server/term-table.ts";

/** Half for words, half for character sequences. */
const HALF = 512;
/** Names how these vectors are made; a collection of other ones is not searched with them. */
export const VECTOR_FORM = "aios-lexical-1";
const SEEDS = { words: 3, grams: 4 } as const;
/** Lengths of a middling item; only how much longer or shorter another one is matters. */
const MIDDLE = { words: 40, grams: 400 } as const;

/**
 * An item's terms in a fixed number of dimensions: each falls into one by its hash, with a sign by its hash, so that what
 * falls together cancels on average. The product with a question's vector is close to the sum that BM25 makes.
 */
export function itemVector(terms: Terms): number[] {
  const vector = new Float64Array(2 * HALF);
  for (const part of ["words", "grams"] as const)
    for (const [term, count] of frequencies(terms[part]))
      addTerm(vector, part, term, saturation(count, terms[part].length / MIDDLE[part]));
  return unit(vector);
}

/** What a term that occurs so often tells of an item so much longer than a middling one. Part of the vectors' form. */
function saturation(frequency: number, relativeLength: number): number {
  return frequency / (frequency + 0.9 * (0.6 + 0.4 * relativeLength));
}

/** A question's terms, each with what it tells; words and sequences have their shares of the whole. */
export function questionVector({ words, grams, wordShare }: ServerQuestion): number[] {
  const vector = new Float64Array(2 * HALF);
  for (const [part, terms, share] of [
    ["words", words, wordShare],
    ["grams", grams, 1 - wordShare],
  ] as const) {
    const total = [...terms.values()].reduce((sum, weight) => sum + weight, 0);
    for (const [term, weight] of terms) addTerm(vector, part, term, (share * weight) / total);
  }
  return unit(vector);
}

function addTerm(vector: Float64Array, part: "words" | "grams", term: string, weight: number): void {
  const hash = hashOf(term, SEEDS[part]);
  const at = (part === "words" ? 0 : HALF) + (hash % HALF);
  vector[at] = (vector[at] ?? 0) + (hash & 0x10000 ? weight : -weight);
}

/** A server refuses a vector of nothing; an item without a term lies in a corner of its own. */
function unit(vector: Float64Array): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (length === 0) vector[0] = 1;
  return Array.from(vector, (value) => value / (length || 1));
}
