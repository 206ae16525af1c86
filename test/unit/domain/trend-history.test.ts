import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trendHistory } from "../../../src/domain/trend-history.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";

/** Sum of twelve evens: near enough to a normal law. */
function noise(chance: SeededEntropy): number {
  return Array.from({ length: 12 }, () => chance.random()).reduce((sum, value) => sum + value, -6);
}

const series = (length: number, seed: number, value: (at: number) => number, spread = 1) => {
  const chance = new SeededEntropy(seed);
  return Array.from({ length }, (_, at) => value(at) + spread * noise(chance));
};

/** A series in which each value carries most of the one before. */
function wandering(length: number, seed: number): number[] {
  const chance = new SeededEntropy(seed);
  let value = 0;
  return Array.from({ length }, () => {
    value = 0.9 * value + noise(chance);
    return value;
  });
}

describe("the history of a trend", () => {
  it("finds where a level changed, and which way", () => {
    const found = trendHistory(series(200, 1, (at) => (at < 120 ? 10 : 7)));
    expect(found).toMatchObject({ kind: "constant", direction: "degrading", period: 0 });
    expect(found.changePoints).toHaveLength(1);
    expect(Math.abs((found.changePoints[0] ?? 0) - 120)).toBeLessThanOrEqual(3);
  });

  it("finds where a slope changed", () => {
    const found = trendHistory(series(200, 2, (at) => (at < 100 ? at / 5 : 20 - (at - 100) / 5)));
    expect(found.kind).toBe("line");
    expect(found.changePoints.some((at) => Math.abs(at - 100) <= 5)).toBe(true);
  });

  it("finds a change under a season", () => {
    const season = [9, -3, 0, -6, 4, -4, 8];
    const found = trendHistory(series(210, 3, (at) => 3 * (season[at % 7] ?? 0) + (at < 105 ? 0 : 5)));
    expect(found).toMatchObject({ period: 7, direction: "improving" });
    expect(found.changePoints).toHaveLength(1);
    expect(Math.abs((found.changePoints[0] ?? 0) - 105)).toBeLessThanOrEqual(3);
  });

  it("finds nothing in most series without a change: noise, a straight line, a constant", () => {
    const seeds = Array.from({ length: 60 }, (_, seed) => seed + 10);
    const changed = (value: (at: number) => number) =>
      seeds.filter((seed) => trendHistory(series(100, seed, value)).changePoints.length > 0).length;
    expect(changed(() => 5)).toBeLessThanOrEqual(3);
    expect(changed((at) => at / 3)).toBeLessThanOrEqual(3);
    expect(trendHistory(Array<number>(100).fill(4))).toMatchObject({ changePoints: [], direction: "stable" });
  });

  it("finds little in series that wander", () => {
    const changes = Array.from({ length: 30 }, (_, seed) => trendHistory(wandering(300, seed + 1)).changePoints.length);
    expect(changes.reduce((sum, count) => sum + count, 0) / 30).toBeLessThan(1.5);
  });

  it("says the same of a series in other units, and the opposite of its mirror image", () => {
    const values = series(120, 4, (at) => (at < 60 ? 0 : 3));
    const plain = trendHistory(values);
    expect(trendHistory(values.map((value) => 8 * value + 64))).toEqual(plain);
    expect(trendHistory(values.map((value) => -value))).toEqual({ ...plain, direction: "degrading" });
  });

  it("bears holes, at the ends as well", () => {
    const values = series(120, 5, (at) => (at < 60 ? 0 : 4));
    const holed = values.map((value, at) => (at < 3 || at % 9 === 0 || at > 117 ? Number.NaN : value));
    const { changePoints, missing } = trendHistory(holed);
    const [change = 0] = changePoints;
    expect(missing).toBe(holed.filter(Number.isNaN).length);
    expect(trendHistory(values).missing).toBe(0);
    expect(Math.abs(change - 60)).toBeLessThanOrEqual(2);
    expect(trendHistory(Array<number>(40).fill(Number.NaN)).changePoints).toEqual([]);
  });

  it("looks at a very long series in means of neighbours", () => {
    const found = trendHistory(series(9_000, 6, (at) => (at < 6_000 ? 0 : 1)));
    expect(found.changePoints).toHaveLength(1);
    expect(Math.abs((found.changePoints[0] ?? 0) - 6_000)).toBeLessThanOrEqual(60);
  });

  it("has an answer for any series: places in order, at least five values apart", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 60 }), (values) => {
        const { changePoints } = trendHistory(values);
        const bounds = [0, ...changePoints, values.length];
        const lengths = bounds.slice(1).map((end, at) => end - (bounds[at] ?? 0));
        expect(changePoints.length === 0 || lengths.every((length) => length >= 5)).toBe(true);
      }),
    );
  });
});
