import { describe, expect, it } from "vitest";
import { sayDuration } from "../../../src/cli/duration.ts";
import { parseDuration } from "../../../src/kernel/duration.ts";

describe("a duration", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["2d", 172_800_000],
    ["0.6ms", 1],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["30", "s", "-1s", "1e3s", "5 m", "5M", "0s", "0.4ms", "", "99999999999999d"])("does not read %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [850, "850 ms"],
    [1_200, "1.2 s"],
    [2_000, "2 s"],
    [59_949, "59.9 s"],
    [59_960, "1 min"],
    [185_000, "3 min 5 s"],
    [7_800_000, "2 h 10 min"],
    [7_200_000, "2 h"],
    [349_200_000, "4 d 1 h"],
  ])("says %i ms as %s", (ms, text) => {
    expect(sayDuration(ms)).toBe(text);
  });
});
