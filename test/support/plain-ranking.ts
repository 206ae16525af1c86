import { confidenceOf, idOf, type StoredItem } from "../../src/memory/item.ts";
import { frequencies, mostOf, saturation } from "../../src/memory/ranking/bm25.ts";
import { gramsOf } from "../../src/memory/ranking/grams.ts";
import { textOf } from "../../src/memory/ranking/item-text.ts";
import type { Question } from "../../src/memory/ranking/question.ts";
import type { RankRequest } from "../../src/memory/ranking/rank.ts";
import type { Ranked } from "../../src/memory/ranking/ranked.ts";
import type { WeighedTerms } from "../../src/memory/ranking/statistics.ts";
import { tokensOf } from "../../src/memory/ranking/tokens.ts";
import { halfLifeDays } from "../../src/memory/tiers.ts";

const LEVELS = { retired: -1, draft: 0, verified: 0.5, hardened: 1 } as const;
const POOL = 50;

/** What ranking by words means, without any index: every text is read for every question, and everything is sorted. */
export function plainRanking(
  items: readonly StoredItem[],
  question: Question,
  request: RankRequest,
): readonly Ranked[] {
  const seen = items.filter(request.sees);
  const words = plainScores(seen, question.words, tokensOf);
  const grams = plainScores(seen, question.grams, gramsOf);
  const ranked = seen.flatMap((item, at) => {
    const parts = {
      words: (words[at] ?? 0) * question.wordShare,
      grams: (grams[at] ?? 0) * (1 - question.wordShare),
    };
    const total = parts.words + parts.grams;
    if (total === 0 || !request.fits(item)) return [];
    const standing = total * (plainFactor(item, request.nowMs) - 1);
    return [{ item, score: total + standing, signals: { ...parts, standing, diversity: 0 } }];
  });
  ranked.sort((a, b) => b.score - a.score || (idOf(a.item) < idOf(b.item) ? -1 : 1));
  return diverse(ranked.slice(0, Math.max(POOL, 3 * request.topK)), request.topK);
}

function plainScores(
  items: readonly StoredItem[],
  asked: WeighedTerms,
  cut: (text: string) => readonly string[],
): readonly number[] {
  const bags = items.map((item) => {
    const terms = cut(textOf(item));
    return { counts: frequencies(terms), length: terms.length };
  });
  const length = bags.reduce((sum, bag) => sum + bag.length, 0);
  const whole = {
    documents: items.length,
    averageLength: length === 0 ? 1 : length / items.length,
    holders: (term: string) => bags.filter(({ counts }) => counts.has(term)).length,
  };
  const scores = bags.map((bag) => {
    let score = 0;
    for (const [term, weight] of asked) {
      const count = bag.counts.get(term) ?? 0;
      if (count > 0)
        score += mostOf(term, weight, whole) * saturation(Math.min(count, 255), bag.length, whole.averageLength);
    }
    return score;
  });
  const best = Math.max(0, ...scores) || 1;
  return scores.map((score) => score / best);
}

function plainFactor(item: StoredItem, nowMs: number): number {
  const ageDays = Math.floor(Math.max(0, nowMs - item.updatedAtMs) / 86_400_000);
  const maturity = item.level === undefined ? confidenceOf(item) * 2 - 1 : LEVELS[item.level];
  return 1 + 0.1 * maturity + 0.05 * (2 * 2 ** (-ageDays / halfLifeDays(item)) - 1);
}

/** Each next answer is the one with the most of its score less its likeness to those before it. */
function diverse(pool: readonly Ranked[], topK: number): readonly Ranked[] {
  const left = [...pool];
  const chosen: Ranked[] = [];
  const wordsOf = (entry: Ranked) => new Set(tokensOf(textOf(entry.item)));
  const likeness = (entry: Ranked) => Math.max(0, ...chosen.map((other) => overlap(wordsOf(other), wordsOf(entry))));
  while (chosen.length < topK && left.length > 0) {
    const marginals = left.map((entry) => 0.95 * entry.score - (1 - 0.95) * likeness(entry));
    const most = Math.max(...marginals);
    const [next] = left.splice(marginals.indexOf(most), 1);
    if (next === undefined) break;
    const score = Math.max(0, most);
    chosen.push({ ...next, score, signals: { ...next.signals, diversity: score - next.score } });
  }
  return chosen;
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((word) => b.has(word)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 0 : shared / all;
}
