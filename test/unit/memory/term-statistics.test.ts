import { describe, expect, it } from "vitest";
import { termsOf } from "../../../src/memory/ranking/item-text.ts";
import { TermStatistics } from "../../../src/memory/server/term-statistics.ts";
import { storedItem } from "../../support/stored-item.ts";

/** Many words, and sequences that begin like them. */
const texts = Array.from({ length: 300 }, (_, n) => `word${String(n)} ${String.fromCharCode(97 + (n % 26))}bc common`);

describe("term statistics", () => {
  it("counts who has a word and who has a sequence, each for itself", () => {
    const statistics = new TermStatistics();
    const expected = { words: new Map<string, number>(), grams: new Map<string, number>() };
    for (const [n, text] of texts.entries()) {
      statistics.change(undefined, storedItem(String(n), text));
      for (const part of ["words", "grams"] as const)
        for (const term of new Set(termsOf(text)[part])) expected[part].set(term, (expected[part].get(term) ?? 0) + 1);
    }
    const seen = statistics.seenBy(undefined);
    for (const part of ["words", "grams"] as const) {
      const wrong = [...expected[part]].filter(([term, count]) => seen[part].holders(term) !== count);
      expect([part, wrong]).toEqual([part, []]);
      expect(seen[part].documents).toBe(texts.length);
    }
    expect(seen.words.holders("nobody")).toBe(0);
  });

  it("takes back exactly what an item no longer says", () => {
    const statistics = new TermStatistics();
    const [before, after] = [storedItem("a", "red plum"), storedItem("a", "green pear", { version: 2 })];
    statistics.change(undefined, before);
    statistics.change(before, after);
    expect(statistics.seenBy(undefined).words.holders("plum")).toBe(0);
    statistics.change(after, undefined);
    const { words } = statistics.seenBy(undefined);
    expect([words.holders("pear"), words.documents, words.averageLength]).toEqual([0, 0, 1]);
  });

  it("tells an asker of nothing that the asker does not see", () => {
    const statistics = new TermStatistics();
    statistics.change(undefined, storedItem("a", "plum", { space: "agent:a" }));
    statistics.change(undefined, storedItem("b", "plum", { space: "agent:b", sharedWith: ["agent:c"] }));
    const holders = (...readers: readonly string[]) => statistics.seenBy(readers).words.holders("plum");
    expect([holders("agent:a"), holders("agent:c"), holders("agent:d"), holders("agent:a", "agent:b")]).toEqual([
      1, 1, 0, 2,
    ]);
  });
});
