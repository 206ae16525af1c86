import type { ServerQuestion } from "../../server/store.ts";

const SPECIAL = /[+\-!(){}[\]^"~*?:\\/&|<>=]/g;
/** Stands for the space inside a character sequence, which would end the term. */
const SPACE = "␣";
/** Longer terms are cut by the index's tokenizer; nobody asks for them. */
const LONGEST = 200;

/** Terms as the index takes them: one field, white space between. */
export function indexed(terms: Iterable<string>): string {
  const kept: string[] = [];
  for (const term of terms) if (term.length <= LONGEST) kept.push(term.replaceAll(" ", SPACE));
  return kept.join(" ");
}

/**
 * The question in Lucene's language: who may read is a condition, every term a wish. Lucene weighs terms by their rarity
 * itself; here words and sequences each get their share of the whole. `undefined` when no term is left to ask for.
 */
export function luceneOf({ words, grams, wordShare, scope }: ServerQuestion): string | undefined {
  const wishes = [...clauses("words", words, wordShare), ...clauses("grams", grams, 1 - wordShare)];
  if (wishes.length === 0) return undefined;
  const asked = `(${wishes.join(" ")})`;
  if (scope.readers === undefined) return asked;
  return `+readers:(${scope.readers.map(escaped).join(" ")}) +${asked}`;
}

function clauses(field: string, terms: ReadonlyMap<string, number>, share: number): readonly string[] {
  const kept = [...terms].filter(([term]) => term.length <= LONGEST);
  const total = kept.reduce((sum, [, weight]) => sum + weight, 0);
  const boost = ((share * 10) / Math.max(total, 0.1)).toFixed(4);
  return kept.map(([term]) => `${field}:${escaped(term)}^${boost}`);
}

function escaped(term: string): string {
  return term.replaceAll(" ", SPACE).replace(SPECIAL, "\\$&");
}
