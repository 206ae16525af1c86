import { idOf, type StoredItem } from "../item.ts";
import type { Findable, LexicalMatch, LexicalRequest } from "./findable.ts";
import type { Nearness } from "./nearness.ts";
import type { Question } from "./question.ts";

/** What an item's score is made of, before its standing; each from 0 to 1 and already weighed. */
export interface Blend {
  readonly item: StoredItem;
  /** Only where meaning was asked for. */
  readonly meaning?: number;
  readonly words: number;
  readonly grams: number;
}

/** So many of each signal's best are ranked together. */
const POOL = 100;
/** What meaning weighs where the words of the question tell little of the best answer, and where they tell all. */
const MOST_MEANING = { share: 0.7, coverage: 0.3 } as const;
const LEAST_MEANING = { share: 0.3, coverage: 0.8 } as const;

/** By words alone. */
export function lexical(index: Findable, question: Question, request: LexicalRequest): readonly Blend[] {
  return index.search(question, request).map((match) => weighed(match, question, 1));
}

/**
 * By words and meaning. Cosines are stretched between the least and the most of those that are ranked; an item without a
 * vector counts as cosine 0.
 */
export function blended(
  index: Findable,
  nearness: Nearness,
  question: Question,
  request: LexicalRequest,
): readonly Blend[] {
  const atLeast = Math.max(POOL, request.atLeast);
  const near = nearness.nearest(atLeast, (item) => request.sees(item) && request.fits(item));
  const matches = index.search(question, { ...request, atLeast, also: near });
  const cosines = matches.map(({ item }) => nearness.cosineOf(item) ?? 0);
  const least = Math.min(...cosines);
  const span = Math.max(...cosines) - least;
  const best = bestOf(matches, question);
  const covered = best === undefined ? 0 : index.coverage(question, best.item, request.sees);
  const share = shareOfMeaning(covered);
  return matches
    .map((match, at) => {
      const cosine = span === 0 ? 0 : ((cosines[at] ?? 0) - least) / span;
      const { item, words, grams } = weighed(match, question, 1 - share);
      return { item, meaning: share * cosine, words, grams };
    })
    .filter(({ meaning, words, grams }) => meaning + words + grams > 0);
}

function weighed({ item, words, grams }: LexicalMatch, { wordShare }: Question, share: number): Blend {
  return { item, words: share * words * wordShare, grams: share * grams * (1 - wordShare) };
}

/** Of equals the first by id, in whatever order they were found. */
function bestOf(matches: readonly LexicalMatch[], { wordShare }: Question): LexicalMatch | undefined {
  const total = ({ words, grams }: LexicalMatch) => wordShare * words + (1 - wordShare) * grams;
  const order = (a: LexicalMatch, b: LexicalMatch) => total(b) - total(a) || (idOf(a.item) < idOf(b.item) ? -1 : 1);
  return matches.reduce<LexicalMatch | undefined>(
    (best, match) => (best === undefined || order(match, best) < 0 ? match : best),
    undefined,
  );
}

/** Words that cover the question are worth more than what it means; words that miss it are worth less. */
function shareOfMeaning(coverage: number): number {
  const way = (coverage - MOST_MEANING.coverage) / (LEAST_MEANING.coverage - MOST_MEANING.coverage);
  const clamped = Math.min(1, Math.max(0, way));
  return MOST_MEANING.share + clamped * (LEAST_MEANING.share - MOST_MEANING.share);
}
