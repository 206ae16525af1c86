import type { Glossary } from "../glossary/glossary.ts";
import { frequencies } from "./bm25.ts";
import { cleanQuery, errorLines } from "./clean-query.ts";
import { tellingTokens } from "./function-words.ts";
import { gramsOf } from "./grams.ts";
import type { WeighedTerms } from "./statistics.ts";
import { tokensOf } from "./tokens.ts";

/** A text as it is asked: cleaned, taken apart, and said in the other language too. */
export interface Question {
  /** The words that were asked, without their translations. */
  readonly asked: WeighedTerms;
  readonly words: WeighedTerms;
  readonly grams: WeighedTerms;
  /** Weight of the words; the character sequences have the rest. */
  readonly wordShare: number;
}

const LONG_QUESTION_WORDS = 30;
/** What a word of the other language counts beside one that was asked. */
const TRANSLATED = 0.5;

export function questionOf(text: string, glossary?: Glossary): Question {
  const asked = cleanQuery(text);
  const tokens = tokensOf(asked);
  // What an error says of itself tells more than the code around it: its words are asked twice.
  const telling = [...tellingTokens(tokens), ...tellingTokens(tokensOf(errorLines(text)))];
  const translated = glossary?.translate(asked, tokens) ?? [];
  return {
    asked: frequencies(telling),
    words: joined(telling, translated.flatMap(tokensOf)),
    grams: joined(gramsOf(asked), translated.flatMap(gramsOf)),
    wordShare: asked.split(/\s+/u).length > LONG_QUESTION_WORDS ? 0.9 : 0.5,
  };
}

/** A term that was asked itself is not asked again in translation. */
function joined(asked: readonly string[], translated: readonly string[]): WeighedTerms {
  const terms = new Map(frequencies(asked));
  for (const term of translated) if (!terms.has(term)) terms.set(term, TRANSLATED);
  return terms;
}
