import { idfOf } from "../ranking/bm25.ts";
import type { Question } from "../ranking/question.ts";
import type { CollectionStatistics, LexicalStatistics, WeighedTerms } from "../ranking/statistics.ts";
import type { ItemScope } from "../scope.ts";

/** A long question is asked by the terms that tell most. */
const MOST_TERMS = 200;

/** The terms of a question that somebody has, with what each tells. */
export function tellingTerms(
  question: Question,
  statistics: LexicalStatistics,
): { readonly words: ReadonlyMap<string, number>; readonly grams: ReadonlyMap<string, number> } {
  return {
    words: telling(question.words, statistics.words),
    grams: telling(question.grams, statistics.grams),
  };
}

function telling(terms: WeighedTerms, statistics: CollectionStatistics): ReadonlyMap<string, number> {
  const weights = [...terms]
    .filter(([term]) => statistics.holders(term) > 0)
    .map(([term, count]) => [term, count * idfOf(term, statistics)] as const);
  return new Map(weights.sort(([, a], [, b]) => b - a).slice(0, MOST_TERMS));
}

/** Whether a scope leaves out what its asker sees, so that the best of that has to be asked for too. */
export function rivalsOf({ space, key, filter }: ItemScope): boolean {
  return space !== undefined || key !== undefined || (filter !== undefined && Object.keys(filter).length > 0);
}
