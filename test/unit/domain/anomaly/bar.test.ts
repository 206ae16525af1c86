import { describe, expect, it } from "vitest";
import { Bar, SURPRISING } from "../../../../src/domain/anomaly/bar.ts";
import { SeededEntropy } from "../../../../src/simulation/seeded-entropy.ts";

function learnt(bar: Bar, values: Iterable<number>): number | undefined {
  let last: number | undefined;
  for (const value of values) last = bar.next(value);
  return last;
}

describe("a bar that a series sets itself", () => {
  it("says nothing before eight blocks are known", () => {
    const bar = new Bar(0.1);
    expect(learnt(bar, Array<number>(8 * 48).fill(1))).toBeUndefined();
    expect(bar.next(1)).toEqual(expect.any(Number));
  });

  it("is passed by about as many values as the law says", () => {
    const chance = new SeededEntropy(1);
    const bar = new Bar(1e-9);
    let passed = 0;
    for (let n = 0; n < 48 * 4_000; n++) {
      // Exponential values have Gumbel maxima: a surprise of 2 is passed once in about exp(2) blocks.
      if ((bar.next(-Math.log(1 - chance.random())) ?? 0) > 2) passed++;
    }
    expect(passed / 4_000).toBeGreaterThan(0.07);
    expect(passed / 4_000).toBeLessThan(0.2);
  });

  it("is hardly raised by one anomaly in its history", () => {
    const calm = Array.from({ length: 48 * 20 }, (_, n) => 1 + (n % 48) / 100);
    const before = learnt(new Bar(0.01), [...calm, 4]) ?? 0;
    const after = learnt(new Bar(0.01), [...calm.with(300, 1_000), 4]) ?? 0;
    expect(before).toBeGreaterThan(SURPRISING);
    expect(after).toBeGreaterThan(before / 4);
  });

  it("learns a habit that keeps coming", () => {
    const spiky = Array.from({ length: 48 * 20 }, (_, n) => (n % 48 === 7 ? 10 : 1));
    expect(learnt(new Bar(0.01), [...spiky, 10])).toBeLessThan(SURPRISING);
    expect(learnt(new Bar(0.01), [...spiky.map(() => 1), 10])).toBeGreaterThan(SURPRISING);
  });
});
