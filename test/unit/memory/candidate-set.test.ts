import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idOf, type StoredItem } from "../../../src/memory/item.ts";
import type { Findable } from "../../../src/memory/ranking/findable.ts";
import { LexicalIndex } from "../../../src/memory/ranking/lexical-index.ts";
import { questionOf } from "../../../src/memory/ranking/question.ts";
import { CandidateSet } from "../../../src/memory/server/candidate-set.ts";
import { TermStatistics } from "../../../src/memory/server/term-statistics.ts";
import { storedItem } from "../../support/stored-item.ts";

const all = () => true;
const anItem = (content: string, n: number) => storedItem(`k${String(n)}`, content);

/** What an index says of a question, by item. */
function said(index: Findable, items: readonly StoredItem[], text: string) {
  const question = questionOf(text);
  const found = index.search(question, { sees: all, fits: all, atLeast: 50, near: 0 });
  const rounded = (value: number) => Number(value.toFixed(9));
  return {
    found: found
      .map(({ item, words, grams }) => [idOf(item), rounded(words), rounded(grams)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    covered: items.map((item) => rounded(index.coverage(question, item, all))),
    distinct: items.map((item) => index.termsOf(item).length),
    rising: items.every((item) =>
      index.termsOf(item).every((term, at, terms) => at === 0 || term > (terms[at - 1] ?? 0)),
    ),
  };
}

const word = fc.constantFrom(
  "disk",
  "full",
  "disks",
  "retry",
  "timeout",
  "ERR_42",
  "磁盘已满",
  "连接超时",
  "naïve",
  "the",
);
const text = fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => words.join(" "));

describe("candidates of a server, all of a memory among them", () => {
  it("are scored as an index of that memory scores them", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), text, (texts, question) => {
        const items = texts.map(anItem);
        const statistics = new TermStatistics();
        const index = new LexicalIndex();
        for (const item of items) {
          statistics.change(undefined, item);
          index.put(item);
        }
        const candidates = new CandidateSet(items, statistics.seenBy(undefined));
        expect(said(candidates, items, question)).toEqual(said(index, items, question));
      }),
    );
  });

  it("are read whole, however long they are", () => {
    const items = [anItem(`${"disk full retry ".repeat(2_000)}timeout`, 1), anItem("retry", 2)];
    const statistics = new TermStatistics();
    for (const item of items) statistics.change(undefined, item);
    const { words } = statistics.seenBy(undefined);
    expect([words.holders("retry"), words.holders("timeout"), words.averageLength]).toEqual([2, 1, 3_001]);
    const candidates = new CandidateSet(items, statistics.seenBy(undefined));
    expect(said(candidates, items, "timeout").found.map(([id]) => id)).toContain("shared/k1");
  });
});
