import { describe, expect, it } from "vitest";
import { sayAge, sayJson, sayMoment, sayNumber, sayRate, sayShare, sayWhen } from "../../../src/cli/say.ts";

describe("what is said to people", () => {
  it("says a moment as the caller's own clock shows it", () => {
    expect(sayMoment(new Date(2026, 1, 4, 9, 5, 7).getTime())).toBe("2026-02-04 09:05:07");
  });

  it("says how long ago that was, or how far off it is", () => {
    expect(sayAge(1_000, 186_000)).toBe("3 min 5 s ago");
    expect(sayAge(7_201_000, 1_000)).toBe("in 2 h");
    expect(sayAge(1_500, 1_000)).toBe("now");
    expect(sayWhen(undefined, 1)).toBeUndefined();
  });

  it("says not enough data where nothing was measured, and never a number", () => {
    expect([sayShare(null), sayNumber(null), sayRate({ value: null, n: 0 })]).toEqual([
      "not enough data",
      "not enough data",
      "not enough data",
    ]);
    expect([sayShare(0), sayNumber(0), sayRate({ value: 0.875, n: 8 })]).toEqual(["0 %", "0", "87.5 % of 8"]);
  });

  it("says short JSON on one line and long JSON on many, without control characters", () => {
    expect(sayJson({ a: 1 })).toBe('{"a":1}');
    expect(sayJson({ a: "x".repeat(200) }).split("\n")).toHaveLength(3);
    expect(sayJson("\u001b[2J \u009b2J")).toBe('"\\u001b[2J \uFFFD2J"');
  });
});
