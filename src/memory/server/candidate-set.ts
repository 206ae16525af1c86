import type { StoredItem } from "../item.ts";
import { coverageOf } from "../ranking/bm25.ts";
import type { Findable, LexicalMatch, LexicalRequest } from "../ranking/findable.ts";
import { textOf } from "../ranking/item-text.ts";
import type { Question } from "../ranking/question.ts";
import type { LexicalStatistics } from "../ranking/statistics.ts";
import { AskedTerms } from "./asked-terms.ts";
import { DistinctTerms, termHash } from "./term-hashes.ts";

/** The candidates of one question, scored as an index of the whole memory would score them. */
export class CandidateSet implements Findable {
  readonly #items: readonly StoredItem[];
  readonly #statistics: LexicalStatistics;
  readonly #distinct = new DistinctTerms();

  constructor(items: readonly StoredItem[], statistics: LexicalStatistics) {
    this.#items = items;
    this.#statistics = statistics;
  }

  search(question: Question, { sees, fits, atLeast, near, also = [] }: LexicalRequest): readonly LexicalMatch[] {
    const seen = this.#items.filter(sees);
    const texts = seen.map(textOf);
    const { wordShare } = question;
    const words = relative(texts, new AskedTerms("words", question.words, this.#statistics.words));
    const grams = relative(texts, new AskedTerms("grams", question.grams, this.#statistics.grams));
    const matches = seen.map((item, at) => ({ item, words: words[at] ?? 0, grams: grams[at] ?? 0 }));
    const totalOf = (match: LexicalMatch) => wordShare * match.words + (1 - wordShare) * match.grams;
    const answers = matches.filter((match) => fits(match.item));
    const bar = near * (answers.map(totalOf).sort((a, b) => b - a)[atLeast - 1] ?? 0);
    const wanted = new Set(also);
    return answers.filter((match) => (totalOf(match) > 0 && totalOf(match) >= bar) || wanted.has(match.item));
  }

  coverage({ asked }: Question, item: StoredItem): number {
    const terms = new Set(this.#distinct.of("words", textOf(item)).hashes);
    return coverageOf(asked, (term) => terms.has(termHash("words", term)), this.#statistics.words);
  }

  termsOf(item: StoredItem): Uint32Array {
    return Uint32Array.from(this.#distinct.of("words", textOf(item)).hashes).sort();
  }
}

/** The texts' scores, divided by the largest. */
function relative(texts: readonly string[], asked: AskedTerms): readonly number[] {
  const scores = texts.map((text) => asked.scoreOf(text));
  const best = Math.max(0, ...scores);
  return best === 0 ? scores : scores.map((score) => score / best);
}
