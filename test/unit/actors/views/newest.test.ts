import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appended, Newest } from "../../../../src/actors/views/newest.ts";
import { madeNow, Stored } from "../../../../src/kernel/checkpointed.ts";
import { row } from "../../../../src/kernel/shape.ts";

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

  it("taken up from where they were written apart forget, count and weigh as before, and are read when asked for", () => {
    type Big = { readonly size: number; readonly ended: boolean };
    const big = row<Big>();
    const options = {
      capacity: 16,
      weigh: ({ size }: Big) => size,
      countBy: ({ ended }: Big) => (ended ? "ended" : "open"),
      holds: ({ ended }: Big) => !ended,
    };
    const lived = new Newest(options);
    for (let i = 0; i < 16; i++) lived.set(`k${i}`, { size: i, ended: i % 4 !== 0 });
    const read: string[] = [];
    const { index, apart, ...rest } = madeNow(lived.snapshotApart()) as { index: unknown; apart: unknown[] };
    const stored = apart.map(
      (value, place) =>
        new Stored(() => {
          read.push(`k${place}`);
          return JSON.stringify(value);
        }),
    );
    const taken = new Newest(options);
    taken.restore({ index, apart: stored, ...rest }, big, "big");
    expect([taken.size, taken.countOf("open"), taken.countOf("ended")]).toEqual([16, 4, 12]);
    for (const newest of [lived, taken]) newest.set("k16", { size: 1, ended: true });
    for (const newest of [lived, taken]) newest.set("k17", { size: 1, ended: true });
    expect(taken.countOf("ended")).toBe(lived.countOf("ended"));
    expect(read).toEqual([]);
    expect(taken.get("k5")).toEqual({ size: 5, ended: true });
    expect(taken.get("k5")).toBe(taken.get("k5"));
    expect(read).toEqual(["k5"]);
    expect(madeNow(taken.snapshotApart())).toEqual(madeNow(lived.snapshotApart()));
    expect(taken.list()).toEqual(lived.list());
    const together = new Newest(options);
    together.restore(madeNow(lived.snapshot()), big, "big");
    expect(madeNow(together.snapshotApart())).toEqual(madeNow(lived.snapshotApart()));
  });

  it("refuse an index that does not fit what it names", () => {
    const newest = new Newest<object>({ capacity: 16 });
    const restore = (value: object) => () => newest.restore({ cleanAt: 17, ...value }, row<object>(), "big");
    expect(restore({ index: [[["a", 1, null, false]]], apart: [] })).toThrow("names 1 values and holds 0");
    expect(restore({})).toThrow("big has no values");
  });
});
