import { expect, test } from "vitest";
import {
  busiestMinute,
  countMatch,
  noMatches,
  perMinute,
  struckOf,
} from "../../../../src/domain/playbook/limits/matches.ts";

const MINUTE_MS = 60_000;
const AGENT_LIMIT = 10_000;

test("a match counts for the sixty seconds from its own on", () => {
  const matches = countMatch(countMatch(noMatches, 500, undefined), 1_999, undefined);
  expect(perMinute(matches, 59_999)).toBe(2);
  expect(perMinute(matches, 60_000)).toBe(1);
  expect(perMinute(matches, 61_000)).toBe(0);
});

test("the busiest minute includes the one the time asked about falls into, and none before", () => {
  let matches = countMatch(countMatch(noMatches, 0, undefined), 1, undefined);
  matches = countMatch(matches, MINUTE_MS, undefined);
  expect(busiestMinute(matches, MINUTE_MS - 1)).toBe(2);
  expect(busiestMinute(matches, MINUTE_MS)).toBe(1);
  expect(busiestMinute(matches, 2 * MINUTE_MS)).toBe(0);
});

test("seconds are kept for a minute and minutes for an hour", () => {
  let matches = noMatches;
  for (let second = 0; second < 2 * 3600; second += 1) matches = countMatch(matches, second * 1000, undefined);
  expect(matches.seconds).toHaveLength(60);
  expect(matches.minutes).toHaveLength(60);
});

test("an agent was struck lately for less than a minute", () => {
  const matches = countMatch(noMatches, 1_000, "coder");
  expect(struckOf(matches, ["coder", "tester"], 1_000 + MINUTE_MS - 1)).toEqual(["coder"]);
  expect(struckOf(matches, ["coder", "tester"], 1_000 + MINUTE_MS)).toEqual([]);
});

test("agents struck a minute ago are forgotten, those struck since are not", () => {
  let matches = countMatch(noMatches, 0, "first");
  matches = countMatch(matches, 1, "second");
  matches = countMatch(matches, MINUTE_MS, "third");
  expect([...matches.agents.keys()]).toEqual(["second", "third"]);
});

test("an agent struck again counts from then, and is not the first to be forgotten", () => {
  let matches = countMatch(countMatch(noMatches, 0, "again"), 1, "once");
  matches = countMatch(matches, 2, "again");
  matches = countMatch(matches, MINUTE_MS + 1, "later");
  expect([...matches.agents.keys()]).toEqual(["again", "later"]);
});

test("of more agents than are remembered, the one struck longest ago is forgotten", () => {
  const agents = new Map(Array.from({ length: AGENT_LIMIT - 1 }, (_, index) => [`agent-${index}`, 1_000]));
  const full = countMatch({ ...noMatches, agents }, 1_001, "one-more");
  expect(full.agents.size).toBe(AGENT_LIMIT);
  expect(full.agents.has("agent-0")).toBe(true);
  const over = countMatch(full, 1_002, "too-many");
  expect(over.agents.size).toBe(AGENT_LIMIT);
  expect(over.agents.has("agent-0")).toBe(false);
  expect(over.agents.has("too-many")).toBe(true);
});
