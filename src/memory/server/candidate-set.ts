import type { StoredItem } from "../item.ts";
import { coverageOf, idfOf, saturation } from "../ranking/bm25.ts";
import type { Findable, LexicalMatch, LexicalRequest } from "../ranking/findable.ts";
import type { Question } from "../ranking/question.ts";
import type { CollectionStatistics, LexicalStatistics, WeighedTerms } from "../ranking/statistics.ts";
import { countIn, type Digest, type Digests, SEEDS } from "./digests.ts";
import { hashOf } from "./term-table.ts";

/** The candidates of one question, scored as an index of the whole memory would score them. */
export class CandidateSet implements Findable {
  readonly #items: readonly StoredItem[];
  readonly #digests: Digests;
  readonly #statistics: LexicalStatistics;

  constructor(items: readonly StoredItem[], digests: Digests, statistics: LexicalStatistics) {
    this.#items = items;
    this.#digests = digests;
    this.#statistics = statistics;
  }

  search(question: Question, { sees, fits, atLeast, near, also = [] }: LexicalRequest): readonly LexicalMatch[] {
    const seen = this.#items.filter(sees);
    const digests = seen.map((item) => this.#digests.of(item));
    const { wordShare } = question;
    const words = scores("words", question.words, digests, this.#statistics.words);
    const grams = scores("grams", question.grams, digests, this.#statistics.grams);
    const matches = seen.map((item, at) => ({ item, words: words[at] ?? 0, grams: grams[at] ?? 0 }));
    const totalOf = (match: LexicalMatch) => wordShare * match.words + (1 - wordShare) * match.grams;
    const answers = matches.filter((match) => fits(match.item));
    const bar = near * (answers.map(totalOf).sort((a, b) => b - a)[atLeast - 1] ?? 0);
    const wanted = new Set(also);
    return answers.filter((match) => (totalOf(match) > 0 && totalOf(match) >= bar) || wanted.has(match.item));
  }

  coverage({ asked }: Question, item: StoredItem): number {
    const { words } = this.#digests.of(item);
    return coverageOf(asked, (term) => countIn(words, hashOf(term, SEEDS.words)) > 0, this.#statistics.words);
  }

  termsOf(item: StoredItem): Uint32Array {
    return this.#digests.of(item).words.hashes;
  }
}

/** BM25 by candidate, divided by the largest. */
function scores(
  part: "words" | "grams",
  terms: WeighedTerms,
  digests: readonly Digest[],
  statistics: CollectionStatistics,
): readonly number[] {
  const asked = [...terms].map(([term, count]) => ({
    hash: hashOf(term, SEEDS[part]),
    weight: count * idfOf(term, statistics),
  }));
  const sums = digests.map(({ [part]: bag }) => {
    let sum = 0;
    for (const { hash, weight } of asked) {
      const count = countIn(bag, hash);
      if (count > 0) sum += weight * saturation(count, bag.length, statistics.averageLength);
    }
    return sum;
  });
  const best = Math.max(0, ...sums);
  return best === 0 ? sums : sums.map((sum) => sum / best);
}
