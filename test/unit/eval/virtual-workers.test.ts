import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fifo, strict } from "../../../eval/schedule-rivals.ts";
import { runTrace, type TraceTask } from "../../../eval/virtual-workers.ts";

const settings = (workers: number) => ({
  workers,
  backoff: { firstMs: 1_000, factor: 2, maxMs: 60_000 },
  random: () => 0.5,
});
const task = (id: string, at: number, run: number, prio: TraceTask["prio"] = 2, fail = false): TraceTask => ({
  id,
  at,
  run,
  prio,
  fail,
});
const waits = (trace: readonly TraceTask[], policy = fifo, workers = 1) =>
  Object.fromEntries(runTrace(trace, policy, settings(workers)).map(({ id, waitMs }) => [id, waitMs]));

describe("workers on a virtual clock", () => {
  it("begin at once while one is free, and let the others wait", () => {
    const trace = [task("a", 0, 100), task("b", 10, 100), task("c", 20, 100)];
    expect(waits(trace)).toEqual({ a: 0, b: 90, c: 180 });
    expect(waits(trace, fifo, 2)).toEqual({ a: 0, b: 0, c: 80 });
  });

  it("take the order of their policy", () => {
    const trace = [task("a", 0, 100), task("low", 10, 100, 3), task("high", 20, 100, 0)];
    expect(waits(trace, fifo)).toEqual({ a: 0, low: 90, high: 180 });
    expect(waits(trace, strict)).toEqual({ a: 0, high: 80, low: 190 });
  });

  it("try a task again that fails, after a gap in which the worker does other work", () => {
    const runs = runTrace([task("fails", 0, 100, 2, true), task("next", 0, 100)], fifo, settings(1));
    expect(runs).toEqual([
      { id: "fails", prio: 2, waitMs: 0, runMs: 200, attempts: 2, gapsMs: [750], reason: "fifo" },
      { id: "next", prio: 2, waitMs: 100, runMs: 100, attempts: 1, gapsMs: [], reason: "fifo" },
    ]);
  });

  it("end every task, whatever the trace and the order, and work no more than there is to do", () => {
    const tasks = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 500 }),
        run: fc.integer({ min: 0, max: 200 }),
        prio: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
        fail: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(tasks, fc.constantFrom(fifo, strict), fc.integer({ min: 1, max: 4 }), (list, policy, workers) => {
        const trace = list.map((each, n) => ({ id: `t${n}`, ...each }));
        const runs = runTrace(trace, policy, settings(workers));
        expect(runs.map(({ attempts }) => attempts)).toEqual(list.map(({ fail }) => (fail ? 2 : 1)));
        expect(runs.map(({ runMs }) => runMs)).toEqual(list.map(({ run, fail }) => (fail ? 2 : 1) * run));
        expect(runs.every(({ waitMs }) => waitMs >= 0)).toBe(true);
      }),
    );
  });
});
