import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanOf, type Pair, pairedShares, shareOf } from "../../../src/domain/paired.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";

function pairs(both: number, onlyFirst: number, onlySecond: number, neither: number): Pair[] {
  const of = (n: number, pair: Pair) => Array.from({ length: n }, () => pair);
  return [
    ...of(both, { first: true, second: true }),
    ...of(onlyFirst, { first: true, second: false }),
    ...of(onlySecond, { first: false, second: true }),
    ...of(neither, { first: false, second: false }),
  ];
}

describe("a share", () => {
  it("has the interval of the literature's example", () => {
    const { low, high } = shareOf(81, 263) ?? {};
    expect([low?.toFixed(4), high?.toFixed(4)]).toEqual(["0.2553", "0.3662"]);
  });

  it("is unknown where nothing was counted", () => {
    expect(shareOf(0, 0)).toBeNull();
  });
});

describe("the difference of two shares of the same things", () => {
  it("has the interval of the literature's example", () => {
    const { mean, low, high } = pairedShares(pairs(36, 12, 2, 0)) ?? {};
    expect([mean?.toFixed(4), low?.toFixed(4), high?.toFixed(4)]).toEqual(["0.2000", "0.0569", "0.3404"]);
  });

  it("is unknown without a pair, and never certain with few", () => {
    expect(pairedShares([])).toBeNull();
    const { low = 1 } = pairedShares(pairs(0, 3, 0, 0)) ?? {};
    expect(low).toBeLessThan(0.35);
  });

  it("turns round with its sides, and its interval holds its mean", () => {
    const count = fc.integer({ min: 0, max: 30 });
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        fc.pre(a + b + c + d > 0);
        const there = pairedShares(pairs(a, b, c, d));
        const back = pairedShares(pairs(a, c, b, d));
        if (there === null || back === null) throw new Error("there are pairs");
        expect(there.low).toBeCloseTo(-back.high, 12);
        expect(there.low).toBeLessThanOrEqual(there.mean + 1e-12);
        expect(there.high).toBeGreaterThanOrEqual(there.mean - 1e-12);
        expect(there.low).toBeGreaterThanOrEqual(-1);
        expect(there.high).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each([
    [0.2, 0.2],
    [0.9, 0.2],
    [0.5, 0.35],
  ])("holds the truth in at least 93 of 100 experiments at %f and %f", (p, q) => {
    const random = new SeededEntropy(11);
    const experiments = 2_000;
    let held = 0;
    for (let n = 0; n < experiments; n++) {
      const seen = Array.from({ length: 40 }, () => ({ first: random.random() < p, second: random.random() < q }));
      const { low = 1, high = -1 } = pairedShares(seen) ?? {};
      if (low <= p - q && p - q <= high) held++;
    }
    expect(held / experiments).toBeGreaterThan(0.93);
  });
});

describe("the mean of differences", () => {
  it("is unknown without a difference, and the same for the same chance", () => {
    const draw = () => {
      const random = new SeededEntropy(3);
      return () => random.random();
    };
    expect(meanOf([], draw())).toBeNull();
    expect(meanOf([1, 2, 9, -4, 2], draw())).toEqual(meanOf([1, 2, 9, -4, 2], draw()));
  });

  it("holds the truth in at least 9 of 10 experiments with values of a long tail", () => {
    const random = new SeededEntropy(5);
    const value = () => -Math.log(1 - random.random());
    const experiments = 60;
    let held = 0;
    for (let n = 0; n < experiments; n++) {
      const seen = Array.from({ length: 40 }, () => value() - value());
      const { low = 1, high = -1 } = meanOf(seen, () => random.random()) ?? {};
      if (low <= 0 && 0 <= high) held++;
    }
    expect(held / experiments).toBeGreaterThanOrEqual(0.9);
  });
});
