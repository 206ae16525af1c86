import { frequencies, idfOf } from "../ranking/bm25.ts";
import { termsOf } from "../ranking/item-text.ts";
import type { CollectionStatistics, LexicalStatistics } from "../ranking/statistics.ts";
import type { ItemScope } from "../scope.ts";

/** A long question is asked by the terms that tell most. */
const MOST_TERMS = 200;

/** The terms of a question that somebody has, with what each tells. */
export function tellingTerms(
  text: string,
  statistics: LexicalStatistics,
): { readonly words: ReadonlyMap<string, number>; readonly grams: ReadonlyMap<string, number> } {
  const { words, grams } = termsOf(text);
  return { words: telling(words, statistics.words), grams: telling(grams, statistics.grams) };
}

function telling(terms: readonly string[], statistics: CollectionStatistics): ReadonlyMap<string, number> {
  const weights = [...frequencies(terms)]
    .filter(([term]) => statistics.holders(term) > 0)
    .map(([term, count]) => [term, count * idfOf(term, statistics)] as const);
  return new Map(weights.sort(([, a], [, b]) => b - a).slice(0, MOST_TERMS));
}

/** Whether a scope leaves out what its asker sees, so that the best of that has to be asked for too. */
export function rivalsOf({ space, key, filter }: ItemScope): boolean {
  return space !== undefined || key !== undefined || (filter !== undefined && Object.keys(filter).length > 0);
}
