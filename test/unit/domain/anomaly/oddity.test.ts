import { describe, expect, it } from "vitest";
import { History } from "../../../../src/domain/anomaly/history.ts";
import { Oddities, stillness } from "../../../../src/domain/anomaly/oddity.ts";
import { Sorted } from "../../../../src/domain/anomaly/sorted.ts";

function asked(values: readonly number[], sinceHole = values.length): Readonly<Record<string, number>> {
  const series = new History(2_048);
  const sorted = new Sorted(2_048);
  const oddities = new Oddities(2_048);
  let floor = 0;
  for (const value of values) {
    if (sorted.length > 0) floor = stillness(sorted);
    series.push(value);
    sorted.push(value);
    oddities.follow(series);
  }
  return Object.fromEntries(oddities.of(values.at(-1) ?? 0, { series, sorted, floor, sinceHole }));
}

const saw = Array.from({ length: 1_000 }, (_, n) => n % 10);

describe("what may be odd about a sample", () => {
  it("is measured in deviations from what came before, either way", () => {
    const { "spike.up": up, "spike.down": down } = asked([...saw, 50]);
    expect(up).toBeGreaterThan(14);
    expect(down).toBe(0);
    expect(asked([...saw, ...Array<number>(8).fill(50)])["level.up"]).toBeGreaterThan(14);
    expect(asked([...saw, ...Array<number>(32).fill(4)])["smoother"]).toBeGreaterThan(2);
    expect(asked([...saw, ...Array.from({ length: 32 }, (_, n) => 40 * (n % 2))])["rougher"]).toBeGreaterThan(1);
  });

  it("is nothing about a shape that was seen before, and much about one that was not", () => {
    expect(asked(saw)["shape.8"]).toBe(0);
    expect(asked([...saw, 9, 0, 9, 0, 5, 5, 9, 0])["shape.8"]).toBeGreaterThan(0.1);
  });

  it("is not asked of a stretch with a hole in it", () => {
    expect(Object.keys(asked(saw, 31))).toEqual([
      "spike.up",
      "spike.down",
      "level.up",
      "level.down",
      "shape.2",
      "shape.8",
    ]);
    expect(Object.keys(asked(saw, 192))).toEqual(expect.arrayContaining(["rougher", "shape.32", "shape.192"]));
  });
});

describe("the spread below which a series is taken as still", () => {
  it("is a fiftieth of the usual range, a thousandth of the value, and never nothing", () => {
    const of = (values: readonly number[]) => {
      const sorted = new Sorted(2_048);
      for (const value of values) sorted.push(value);
      return stillness(sorted);
    };
    expect(of(Array.from({ length: 101 }, (_, n) => n))).toBeCloseTo(1.6, 9);
    expect(of([5_000, 5_000, 5_000])).toBe(5);
    expect(of([0, 0])).toBe(1e-9);
  });
});
