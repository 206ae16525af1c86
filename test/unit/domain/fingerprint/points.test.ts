import { describe, expect, it } from "vitest";
import {
  evidenceOf,
  isFixed,
  needOf,
  type Place,
  placeAfter,
  pointsOf,
} from "../../../../src/domain/fingerprint/points.ts";

const known = (word: string) => word === "alice";
const points = (word: string) => pointsOf(word, known).points;
const need = (template: string) => needOf(template.split(" "));
const place = (words: string) => placeAfter(words.split(" "));

describe("points of a word", () => {
  it.each([
    ["*", 6],
    ["alice", 6],
    ["web_search", 4],
    ["OrderService", 4],
    ["mallory", 3],
    ["load_rows()", 3],
    ["张三", 3],
    ["alice:", 3.5],
    ["mallory:", 2.5],
    ["SYSTEM", 2],
    ["file", 1],
    ["read-only", 1],
    ["file:", 1],
  ])("%s counts %d", (word, expected) => {
    expect(points(word)).toBe(expected);
  });

  it("are none for what names a failure", () => {
    for (const word of ["ENOENT", "EAI_AGAIN:", "TypeError:", "TimeoutException", "Timeout"])
      expect(isFixed(word)).toBe(true);
    for (const word of ["EMPLOYEE", "error:", "mallory"]) expect(isFixed(word)).toBe(false);
  });
});

describe("evidence", () => {
  const values = (...words: string[]) => words.map((word) => ({ word, ...pointsOf(word, known) }));
  const plain: Place = { kind: "open", cue: 1 };

  it("counts more after words that name a kind of thing", () => {
    expect(evidenceOf(values("mallory", "bob"), plain, 10)).toBe(6);
    expect(evidenceOf(values("mallory", "bob"), place("for user"), 10)).toBe(12);
    expect(evidenceOf(values("mallory", "bob"), place("created by"), 10)).toBe(9);
    expect(evidenceOf(values("mallory", "bob"), place("登录用户"), 10)).toBe(12);
  });

  it("is nothing where a verb stands, whatever stands there", () => {
    for (const before of ["it cannot", "the task could", "it failed to", "is unable to", "系统 无法"])
      expect(evidenceOf(values("*", "mallory", "web_search"), place(before), 10)).toBe(0);
  });

  it("of ordinary words and capitals is never more than half of what is needed", () => {
    expect(evidenceOf(values("open", "close", "read", "write", "lock", "SYSTEM", "SAM"), place("the file"), 10)).toBe(
      5,
    );
  });

  it("is little where the reason of a failure stands", () => {
    expect(
      evidenceOf(values("NotFound", "RATE_LIMITED", "BAD_INPUT", "UPSTREAM_DOWN"), place("failed: code:"), 10),
    ).toBe(4);
    expect(evidenceOf(values("*", "fenced", "zombified"), place("transaction was"), 10)).toBe(3);
  });
});

describe("what a template needs", () => {
  it("is the less the more words it keeps", () => {
    expect(
      ["ENOENT: *", "login failed *", "one two three *", "a b c d e f *", "a b c d e f g h i j *"].map(need),
    ).toEqual([20, 13, 10, 7.5, 5]);
  });

  it("cannot be had where hardly anything is left", () => {
    expect(need("*")).toBe(Number.POSITIVE_INFINITY);
    expect(need("* failed")).toBe(Number.POSITIVE_INFINITY);
  });
});
