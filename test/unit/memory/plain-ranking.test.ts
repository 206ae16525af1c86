import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idOf, type StoredItem } from "../../../src/memory/item.ts";
import type { Audience } from "../../../src/memory/ranking/audiences.ts";
import { LexicalIndex } from "../../../src/memory/ranking/lexical-index.ts";
import { questionOf } from "../../../src/memory/ranking/question.ts";
import { rank } from "../../../src/memory/ranking/rank.ts";
import { plainRanking } from "../../support/plain-ranking.ts";

const DAY_MS = 86_400_000;
const nowMs = 400 * DAY_MS;

const words = [
  "disk",
  "disks",
  "queue",
  "full",
  "the",
  "worker",
  "workers",
  "timeout",
  "retry",
  "max_retry",
  "超时",
  "磁盘满",
];
const few = (most: number) =>
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: most }).map((parts) => parts.join(" "));
/** Some texts are so long that a word of theirs stands in them more often than any table has room for. */
const text = fc.oneof(
  { weight: 9, arbitrary: few(12) },
  {
    weight: 1,
    arbitrary: fc.tuple(few(3), fc.integer({ min: 10, max: 300 })).map(([part, times]) => `${part} `.repeat(times)),
  },
);
const stored = fc.record({
  key: fc.integer({ min: 0, max: 79 }).map((n) => `k${String(n)}`),
  space: fc.constantFrom("shared", "agent:a", "agent:b"),
  content: text,
  sharedWith: fc.constantFrom<string[][]>([], ["agent:a"], ["agent:b", "team:t"]),
  level: fc.constantFrom(undefined, "draft" as const, "verified" as const, "hardened" as const, "retired" as const),
  updatedAtMs: fc.integer({ min: 0, max: 400 }).map((day) => day * DAY_MS),
});
type Stored = typeof stored extends fc.Arbitrary<infer T> ? T : never;

const readers: readonly ((audience: Audience) => boolean)[] = [
  () => true,
  ({ space, sharedWith }) => space === "shared" || space === "agent:a" || sharedWith.includes("agent:a"),
  ({ space }) => space === "agent:b",
  () => false,
];
const filters: readonly ((item: StoredItem) => boolean)[] = [() => true, ({ level }) => level !== "retired"];

/** What a memory holds after these were stored one after the other. */
function after(held: readonly StoredItem[], changes: readonly Stored[], version: number): readonly StoredItem[] {
  const byId = new Map(held.map((item) => [`${item.space}/${item.key}`, item]));
  for (const { level, ...change } of changes) {
    const item = { ...change, createdAtMs: 0, version, ...(level === undefined ? {} : { level }) };
    byId.set(`${item.space}/${item.key}`, item);
  }
  return [...byId.values()];
}

describe("the index of a memory", () => {
  it("answers to the last digit as reading every text for every question would", () => {
    const asks = fc.array(fc.tuple(text, fc.nat(readers.length - 1), fc.nat(filters.length - 1)), {
      minLength: 1,
      maxLength: 4,
    });
    const round = fc.record({ changes: fc.array(stored, { maxLength: 70 }), removed: fc.nat(5), asks });
    const topK = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 4 }), topK, (rounds, most) => {
        const index = new LexicalIndex();
        let held: readonly StoredItem[] = [];
        for (const [version, { changes, removed, asks: asked }] of rounds.entries()) {
          for (const gone of held.slice(0, removed)) index.drop(idOf(gone));
          held = after(held.slice(removed), changes, version + 1);
          for (const one of held) index.put(one);
          for (const [query, reader, filter] of asked) {
            const request = {
              topK: most,
              nowMs,
              sees: readers[reader] ?? (() => true),
              fits: filters[filter] ?? (() => true),
            };
            const question = questionOf(query);
            expect(rank(index, question, request)).toEqual(plainRanking(held, question, request));
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});
