import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap, type Placed } from "../../../src/actors/heap.ts";

interface Item extends Placed {
  readonly weight: number;
  readonly order: number;
}

const isBefore = (a: Item, b: Item) => a.weight < b.weight || (a.weight === b.weight && a.order < b.order);

/** Adds with a weight, takes the first, or takes out the n-th of what is there. */
const move = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("add" as const), weight: fc.integer({ min: 0, max: 1_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("take" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), nth: fc.nat(200) }) },
);

describe("the heap", () => {
  it("gives the same first, whatever is added, taken and removed, as a list that is sorted each time", () => {
    fc.assert(
      fc.property(fc.array(move, { minLength: 100, maxLength: 200, size: "max" }), (moves) => {
        const heap = new Heap<Item>();
        let list: Item[] = [];
        for (const [order, one] of moves.entries()) {
          if (one.kind === "add") {
            const item = { weight: one.weight, order, place: -1 };
            heap.add(item, item.weight);
            list = [...list, item].sort((a, b) => (isBefore(a, b) ? -1 : 1));
          } else {
            const out = one.kind === "take" ? list[0] : list[one.nth % Math.max(1, list.length)];
            if (out !== undefined) heap.remove(out);
            list = list.filter((item) => item !== out);
          }
          expect(heap.first).toBe(list[0]);
          expect(heap.size).toBe(list.length);
        }
      }),
    );
  });

  it("leaves alone what it does not hold", () => {
    const heap = new Heap<Item>();
    const kept = { weight: 1, order: 1, place: -1 };
    const gone = { weight: 0, order: 0, place: -1 };
    heap.add(kept, 1);
    heap.add(gone, 0);
    heap.remove(gone);
    heap.remove(gone);
    expect([heap.size, heap.first]).toEqual([1, kept]);
  });
});
