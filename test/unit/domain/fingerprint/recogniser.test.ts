import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { groupingAccuracy, lessonF1 } from "../../../../eval/grouping.ts";
import { FailureRecogniser } from "../../../../src/domain/fingerprint/recogniser.ts";
import { explainOpening } from "../../../../src/domain/fingerprint/show.ts";
import type { Hash } from "../../../../src/kernel/hash.ts";
import { SeededEntropy } from "../../../../src/simulation/seeded-entropy.ts";
import { messagesApart, messagesTogether } from "../../../support/text-fixtures.ts";

const hash: Hash = {
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
  hmacSha256: () => "",
};

function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  const chance = new SeededEntropy(seed);
  return list
    .map((item) => ({ item, at: chance.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function recognised(messages: readonly string[]): {
  readonly recogniser: FailureRecogniser;
  readonly ids: readonly string[];
} {
  const recogniser = new FailureRecogniser(hash);
  const arrival = messages.map((message) => recogniser.see(message).id);
  return { recogniser, ids: arrival.map((id) => recogniser.resolve(id)) };
}

const apart = messagesApart();
const together = messagesTogether();
const lines = together.flatMap((block, n) => block.map((message) => ({ message, truth: String(n) })));

describe(`messages of ${apart.length} different failures`, () => {
  it.each([0, 1, 2, 3])("all stay apart (order %d)", (order) => {
    const messages = order === 0 ? apart : shuffled(apart, order);
    const { ids } = recognised(messages);
    const merged = messages.filter((_, place) => ids.indexOf(ids[place] ?? "") !== place);
    expect(merged).toEqual([]);
  });
});

describe(`${lines.length} messages of ${together.length} failures`, () => {
  it.each([0, 1, 2, 3])("are grouped by failure (order %d)", (order) => {
    const seen = order === 0 ? lines : shuffled(lines, order);
    const { ids } = recognised(seen.map(({ message }) => message));
    const truth = seen.map((line) => line.truth);
    expect(groupingAccuracy(truth, ids)).toBeGreaterThanOrEqual(0.87);
    expect(lessonF1(truth, ids)).toBeGreaterThanOrEqual(0.9);
    const groups = new Map(
      ids.map((id, place) => [id, new Set(truth.filter((_, other) => ids[other] === ids[place]))]),
    );
    expect([...groups.values()].filter((failures) => failures.size > 1)).toEqual([]);
  });
});

describe("a failure that was recognised in several wordings", () => {
  it("is shown as its first message, names that proved to be values left out", () => {
    const { recogniser, ids } = recognised([
      'tool web_search returned no result for "cats" after 30 s',
      'tool read_page returned no result for "dogs" after 4 s',
    ]);
    expect(ids[0]).toBe(ids[1]);
    expect(recogniser.shown(ids[0] ?? "")).toBe("tool <*> returned no result for <str> after <num>");
  });

  it("explains what stood where and what it counted", () => {
    const { recogniser, ids } = recognised(["user alice could not log in", "user mallory could not log in"]);
    expect(recogniser.openings(ids[0] ?? "").map(explainOpening)).toEqual([
      "user * could not log in: at word 2 these 2 stood: alice (3), mallory (3); evidence 12 of 10",
    ]);
  });

  it("has a place of its own for every place in the program that it struck at", () => {
    const trace = (name: string, file: string) =>
      `Error: user ${name} could not log in\n    at check (/srv/app/${file}.ts:10:3)\n    at main (/srv/app/main.ts:2:1)`;
    const recogniser = new FailureRecogniser(hash);
    recogniser.see(trace("alice", "login"));
    const here = recogniser.see(trace("mallory", "login"));
    const again = recogniser.see(trace("bob", "login"));
    const there = recogniser.see(trace("carol", "token"));
    expect(new Set([here.id, again.id, there.id]).size).toBe(1);
    expect(again.place).toBe(here.place);
    expect(there.place).not.toBe(here.place);
  });

  it("is told with the aliases that it brought to light", () => {
    const recogniser = new FailureRecogniser(hash);
    const first = recogniser.see("module lodash has no exported member");
    const second = recogniser.see("module zustand has no exported member");
    expect(recogniser.see("module ky has no exported member")).toMatchObject({
      id: first.id,
      ruleVersion: expect.any(Number),
      aliases: [{ from: second.id, to: first.id }],
    });
  });
});
