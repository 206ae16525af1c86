import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Recent } from "../../../../src/actors/views/recent.ts";
import { madeNow, Stored } from "../../../../src/kernel/checkpointed.ts";
import { row } from "../../../../src/kernel/shape.ts";

interface Item {
  readonly atMs: number;
}

const CAPACITY = 600;
const recent = () => new Recent<Item>(1_000, CAPACITY);
const items = (count: number, from = 0): readonly Item[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: from + index }));

function fill(into: Recent<Item>, all: readonly Item[]): Recent<Item> {
  for (const item of all) into.push(item);
  return into;
}

/** What a checkpoint makes of it: each group is text until somebody asks. */
function stored(from: Recent<Item>, asked: () => void = () => {}): readonly Stored[] {
  return from.snapshot().map((group) => {
    const text = JSON.stringify(madeNow(group));
    return new Stored(() => {
      asked();
      return text;
    });
  });
}

describe("recent measurements", () => {
  it("are the same after a checkpoint and what came since as after all of it", () => {
    fc.assert(
      fc.property(fc.nat(3 * CAPACITY), fc.nat(3 * CAPACITY), fc.boolean(), (before, since, asked) => {
        const whole = fill(recent(), items(before + since));
        const resumed = recent();
        resumed.restore(stored(fill(recent(), items(before))), row<Item>(), "recent");
        if (asked) resumed.within(before);
        fill(resumed, items(since, before));
        expect(madeNow(resumed.snapshot())).toEqual(madeNow(whole.snapshot()));
        expect(resumed.within(before + since)).toEqual(whole.within(before + since));
      }),
    );
  });

  it("are read from a checkpoint when somebody asks for them", () => {
    let read = 0;
    const resumed = recent();
    resumed.restore(
      stored(fill(recent(), items(1_000)), () => read++),
      row<Item>(),
      "recent",
    );
    fill(resumed, items(10, 1_000));
    // The last group is not full: what comes next belongs to it.
    expect(read).toBe(1);
    expect(resumed.within(1_010)).toHaveLength(CAPACITY);
    expect(read).toBe(5);
  });
});
