import { describe, expect, it } from "vitest";
import { deseasoned } from "../../../src/domain/season.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";

describe("a series without its season", () => {
  it("has what the season hid, and keeps its level and its slope", () => {
    const season = [9, -3, 0, -6, 4, -4];
    const line = Array.from({ length: 60 }, (_, at) => 100 + 0.5 * at);
    const { values, period } = deseasoned(line.map((value, at) => value + (season[at % 6] ?? 0)));
    expect(period).toBe(6);
    expect(Math.max(...values.map((value, at) => Math.abs(value - (line[at] ?? 0))))).toBeLessThan(1);
  });

  it("is the series itself where nothing comes back", () => {
    const chance = new SeededEntropy(2);
    for (const values of [
      Array.from({ length: 80 }, () => chance.random()),
      Array.from({ length: 80 }, (_, at) => at),
      Array<number>(80).fill(3),
      [1, 5, 2],
      [],
    ])
      expect(deseasoned(values)).toEqual({ values, period: 0 });
  });

  it("takes no season from less than four of its periods", () => {
    const values = Array.from(
      { length: 60 },
      (_, at) => [0, 5, 9, 20, 9, 5, 0, -5, -9, -20, -9, -5, 1, 2, 3, 4, 17, 4, 3, 2][at % 20] ?? 0,
    );
    expect(deseasoned(values).period).toBe(0);
  });
});
