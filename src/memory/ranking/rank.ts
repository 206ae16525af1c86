import { confidenceOf, idOf, type StoredItem } from "../item.ts";
import { halfLifeDays } from "../tiers.ts";
import { type Blend, blended, lexical } from "./blend.ts";
import { diversify, poolSize } from "./diversify.ts";
import type { Findable } from "./findable.ts";
import type { Nearness } from "./nearness.ts";
import type { Question } from "./question.ts";
import type { Ranked } from "./ranked.ts";

export interface RankRequest {
  readonly topK: number;
  readonly nowMs: number;
  /** Who asks sees only these: statistics, penalties and answers all come from them. */
  readonly sees: (item: StoredItem) => boolean;
  /** Which of those may be answers. */
  readonly fits: (item: StoredItem) => boolean;
}

const MATURITY_SHARE = 0.1;
const RECENCY_SHARE = 0.05;
/** What standing can make of a score: who is further behind than this cannot catch up. */
const MOST_FACTOR = 1 + MATURITY_SHARE + RECENCY_SHARE;
const LEAST_FACTOR = 1 - MATURITY_SHARE - RECENCY_SHARE;
const DAY_MS = 86_400_000;

/**
 * The best answers to a question, best first: by its words, and by what it means where `nearness` says so. Equal questions to
 * an equal memory have equal answers.
 */
export function rank(
  index: Findable,
  question: Question,
  request: RankRequest,
  nearness?: Nearness,
): readonly Ranked[] {
  const asked = { ...request, atLeast: poolSize(request.topK), near: LEAST_FACTOR / MOST_FACTOR };
  const found = nearness === undefined ? lexical(index, question, asked) : blended(index, nearness, question, asked);
  const relevant = found.map((match) => weigh(match, request.nowMs)).sort(best);
  return diversify(relevant, request.topK, (item) => index.termsOf(item));
}

function weigh({ item, ...parts }: Blend, nowMs: number): Ranked {
  const found = (parts.meaning ?? 0) + parts.words + parts.grams;
  const standing = found * (factorOf(item, nowMs) - 1);
  return { item, score: found + standing, signals: { ...parts, standing, diversity: 0 } };
}

function best(a: Ranked, b: Ranked): number {
  return b.score - a.score || (idOf(a.item) < idOf(b.item) ? -1 : 1);
}

/** Between .85 and 1.15: what is proven and recent goes before what is not, and never before what fits better. */
function factorOf(item: StoredItem, nowMs: number): number {
  // In whole days: what was written within the same hour ties, however long the writing took.
  const ageDays = Math.floor(Math.max(0, nowMs - item.updatedAtMs) / DAY_MS);
  return 1 + MATURITY_SHARE * maturityOf(item) + RECENCY_SHARE * (2 * 2 ** (-ageDays / halfLifeDays(item)) - 1);
}

const LEVELS = { retired: -1, draft: 0, verified: 0.5, hardened: 1 } as const;

/** From -1 to 1. */
function maturityOf(item: StoredItem): number {
  return item.level === undefined ? confidenceOf(item) * 2 - 1 : LEVELS[item.level];
}
