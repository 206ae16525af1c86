import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimerHeap } from "../../../src/simulation/timer-heap.ts";

const nothing = () => {};

describe("TimerHeap", () => {
  it("hands out by time, then by arming, whatever was armed and cancelled in between", () => {
    const orders = fc.array(fc.record({ atMs: fc.nat(50), cancels: fc.option(fc.nat(400)) }), { maxLength: 400 });
    fc.assert(
      fc.property(orders, (armed) => {
        const heap = new TimerHeap();
        const expected = new Map<number, { readonly atMs: number; readonly order: number }>();
        const cancels: (() => void)[] = [];
        for (const [order, { atMs, cancels: other }] of armed.entries()) {
          cancels.push(heap.arm(atMs, nothing));
          expected.set(order, { atMs, order });
          if (other === null || other > order) continue;
          cancels[other]?.();
          expected.delete(other);
        }
        expect(heap.size).toBe(expected.size);
        const taken = [];
        for (let next = heap.take(); next !== undefined; next = heap.take()) taken.push([next.atMs, next.order]);
        const inOrder = [...expected.values()].sort((a, b) => a.atMs - b.atMs || a.order - b.order);
        expect(taken).toEqual(inOrder.map(({ atMs, order }) => [atMs, order]));
      }),
    );
  });

  it("counts what waits: what was cancelled twice, or after it was taken, is not counted twice", () => {
    const heap = new TimerHeap();
    const cancelFirst = heap.arm(1, nothing);
    const cancelSecond = heap.arm(2, nothing);
    heap.arm(3, nothing);
    heap.take();
    cancelFirst();
    cancelSecond();
    cancelSecond();
    expect([heap.size, heap.first()?.atMs]).toEqual([1, 3]);
  });

  it("keeps no heap of cancelled timers", () => {
    const heap = new TimerHeap();
    for (let n = 0; n < 100_000; n++) heap.arm(n, nothing)();
    expect([heap.size, heap.first()]).toEqual([0, undefined]);
  });
});
