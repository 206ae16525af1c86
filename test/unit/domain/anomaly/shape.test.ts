import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { History } from "../../../../src/domain/anomaly/history.ts";
import { Shape } from "../../../../src/domain/anomaly/shape.ts";

/** The same by trying every earlier stretch. */
function plainDistance(means: readonly number[], length: number, step: number, reach: number): number {
  const newest = means.length - 1;
  let least = Number.POSITIVE_INFINITY;
  for (let at = Math.max((length - 1) * step, newest - reach); at <= newest - length * step; at++) {
    let sum = 0;
    for (let q = 0; q < length; q++) sum += ((means[newest - q * step] ?? 0) - (means[at - q * step] ?? 0)) ** 2;
    least = Math.min(least, sum);
  }
  return Math.sqrt(least / length);
}

const nineDigits = (distance: number) => distance.toFixed(9);

describe("the distance to the most similar earlier stretch", () => {
  it.each([
    [2, 1],
    [4, 3],
  ])("is the one that trying all of them finds (%d values, %d apart)", (length, step) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 66, maxLength: 300 }), (values) => {
        const series = new History(40);
        const shape = new Shape(length, step, 60);
        const means: number[] = [];
        const found: number[] = [];
        const plain: number[] = [];
        values.forEach((value, n) => {
          series.push(value);
          shape.follow(series);
          const recent = values.slice(Math.max(0, n + 1 - step), n + 1);
          means.push(recent.reduce((sum, each) => sum + each, 0) / recent.length);
          if (!shape.isReady) return;
          found.push(shape.distance());
          plain.push(plainDistance(means, length, step, 60));
        });
        expect(found.map(nineDigits)).toEqual(plain.map(nineDigits));
      }),
      { numRuns: 30 },
    );
  });

  it("is nothing where the series repeats itself", () => {
    const series = new History(40);
    const shape = new Shape(8, 1, 100);
    for (let n = 0; n < 90; n++) {
      series.push(n % 10);
      shape.follow(series);
    }
    expect(shape.distance()).toBe(0);
  });
});
