import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { History } from "../../../../src/domain/anomaly/history.ts";
import { Sorted } from "../../../../src/domain/anomaly/sorted.ts";

const numbers = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 200 });

describe("the newest values, sorted", () => {
  it("have the quantiles that sorting them has", () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sorted = new Sorted(50);
        for (const value of values) sorted.push(value);
        const plain = values.slice(-50).sort((a, b) => a - b);
        const exact = share * (plain.length - 1);
        const below = plain[Math.floor(exact)] ?? Number.NaN;
        const above = plain[Math.ceil(exact)] ?? Number.NaN;
        expect(sorted.length).toBe(plain.length);
        expect(sorted.quantile(share)).toBeCloseTo(below + (exact - Math.floor(exact)) * (above - below), 9);
      }),
    );
  });
});

describe("the newest values, in order", () => {
  it("are never twice as many as are kept, and have the moments of what was pushed", () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 11 }), (values, skip, count) => {
        fc.pre(values.length > skip);
        const history = new History(20);
        for (const value of values) history.push(value);
        expect(history.length).toBeLessThanOrEqual(40);
        expect(history.length).toBeGreaterThanOrEqual(Math.min(20, values.length));
        const looked = values.slice(0, values.length - skip).slice(-count);
        const mean = looked.reduce((sum, value) => sum + value, 0) / looked.length;
        expect(history.moments(skip, count).mean).toBeCloseTo(mean, 9);
        const squares = looked.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        expect(history.moments(skip, count).deviation).toBeCloseTo(Math.sqrt(squares / looked.length), 9);
      }),
    );
  });
});
