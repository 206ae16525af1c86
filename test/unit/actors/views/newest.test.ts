import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appended, Newest } from "../../../../src/actors/views/newest.ts";

describe("the newest values", () => {
  it("forget the oldest first, and keep what holds", () => {
    const forgotten: string[] = [];
    const newest = new Newest<{ readonly held: boolean }>({ capacity: 16, holds: ({ held }) => held }, (key) =>
      forgotten.push(key),
    );
    for (let i = 0; i < 18; i++) newest.set(`k${i}`, { held: i === 0 });
    expect(forgotten).toEqual(["k1", "k2"]);
    expect(newest.get("k0")).toBeDefined();
  });

  it("keep a value's place when it changes, and list the newest first", () => {
    const newest = new Newest<number>({ capacity: 10 });
    newest.set("a", 1);
    newest.set("b", 2);
    newest.change("a", (value) => value + 10);
    newest.change("unknown", (value) => value);
    expect(newest.list()).toEqual([2, 11]);
  });

  it("stay within their capacity and weight and are counted right, whatever is added, changed or deleted", () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 60 }),
      weight: fc.integer({ min: 0, max: 9 }),
      gone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const countBy = (weight: number) => `weight ${weight}`;
        const newest = new Newest<number>({ capacity: 16, weigh: (weight) => weight, maxWeight: 40, countBy });
        for (const { key, weight, gone } of steps) {
          if (gone) newest.delete(String(key));
          else newest.set(String(key), weight);
          expect(newest.size).toBeLessThanOrEqual(17);
          expect([...newest.values()].reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(42);
          for (let each = 0; each < 10; each++)
            expect(newest.countOf(`weight ${each}`)).toBe([...newest.values()].filter((one) => one === each).length);
        }
      }),
    );
  });

  it("append to a list without its oldest", () => {
    expect(appended([1, 2, 3], 4, 3)).toEqual([2, 3, 4]);
    expect(appended([], 1, 3)).toEqual([1]);
  });
});
