import { confidenceOf, idOf, type StoredItem } from "../item.ts";
import { halfLifeDays } from "../tiers.ts";
import type { Audience } from "./audiences.ts";
import { type Blend, blended, lexical } from "./blend.ts";
import { diversify, poolSize } from "./diversify.ts";
import type { Findable } from "./findable.ts";
import { keepBest } from "./keep-best.ts";
import type { Nearness } from "./nearness.ts";
import type { Question } from "./question.ts";
import type { Ranked } from "./ranked.ts";

export interface RankRequest {
  readonly topK: number;
  readonly nowMs: number;
  /** Who asks sees only these: statistics, penalties and answers all come from them. */
  readonly sees: (item: Audience) => boolean;
  /** Which of those may be answers. */
  readonly fits: (item: StoredItem) => boolean;
}

const MATURITY_SHARE = 0.1;
const RECENCY_SHARE = 0.05;
/** What standing can make of a score: who is further behind than this cannot catch up. */
const MOST_FACTOR = 1 + MATURITY_SHARE + RECENCY_SHARE;
/** A little more, for what rounding may add. */
const BEYOND_REACH = MOST_FACTOR + 1e-6;
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
  const pool = poolSize(request.topK);
  const asked = { ...request, atLeast: pool, near: LEAST_FACTOR / MOST_FACTOR };
  const found = nearness === undefined ? lexical(index, question, asked) : blended(index, nearness, question, asked);
  return diversify(bestOf(found, pool, request.nowMs), request.topK, (item) => index.termsOf(item));
}

/** The best by their scores, in order. What no standing could bring among them is not looked at closer. */
function bestOf(found: readonly Blend[], most: number, nowMs: number): readonly Ranked[] {
  const pool: Ranked[] = [];
  for (const blend of found) {
    const { item, meaning, words, grams } = blend;
    const total = (meaning ?? 0) + words + grams;
    const last = pool[most - 1];
    if (last !== undefined && total * BEYOND_REACH < last.score) continue;
    const standing = total * (factorOf(item, nowMs) - 1);
    const parts = { words, grams, standing, diversity: 0 };
    const signals = meaning === undefined ? parts : { meaning, ...parts };
    keepBest(pool, { item, score: total + standing, signals }, most, best);
  }
  return pool;
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
