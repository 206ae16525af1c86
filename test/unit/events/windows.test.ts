import fc from "fast-check";
import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  SlidingWindow,
  slidingWindow,
  tally,
  type WindowChange,
  type WindowStep,
} from "../../../src/events/windows.ts";

const windowMs = 100;

function open(capacity = 1_000) {
  const changes = new Subject<WindowChange<string>>();
  const now = new Subject<number>();
  const inside: string[] = [];
  const steps: WindowStep<string>[] = [];
  slidingWindow(changes, now, new SlidingWindow({ windowMs, capacity })).subscribe((step) => {
    steps.push(step);
    for (const value of step.left) inside.splice(inside.indexOf(value), 1);
    inside.push(...step.entered);
  });
  return { changes, now, inside, steps };
}
const enter = (key: string, atMs: number, value = `${key}@${atMs}`): WindowChange<string> => ({
  kind: "enter",
  key,
  atMs,
  value,
});

describe("a sliding window", () => {
  it("lets an entry go when it is as old as the window", () => {
    const { changes, now, inside } = open();
    changes.next(enter("a", 0));
    now.next(99);
    expect(inside).toEqual(["a@0"]);
    now.next(100);
    expect(inside).toEqual([]);
  });

  it("goes by the time of the entries while nobody says how late it is", () => {
    const { changes, inside } = open();
    changes.next(enter("a", 0));
    changes.next(enter("b", 150));
    expect(inside).toEqual(["b@150"]);
  });

  it("holds one entry per key, the last that came", () => {
    const { changes, inside } = open();
    changes.next(enter("a", 0));
    changes.next(enter("a", 50));
    expect(inside).toEqual(["a@50"]);
  });

  it("keeps an amended entry no longer than before", () => {
    const { changes, now, inside } = open();
    changes.next(enter("a", 0));
    now.next(60);
    changes.next({ kind: "amend", key: "a", value: "amended" });
    expect(inside).toEqual(["amended"]);
    now.next(100);
    expect(inside).toEqual([]);
    changes.next({ kind: "amend", key: "a", value: "too late" });
    expect(inside).toEqual([]);
  });

  it("recovers when the wall clock jumped ahead and came back", () => {
    const { changes, now, inside } = open();
    now.next(1_000_000);
    now.next(0);
    changes.next(enter("a", 10));
    expect(inside).toEqual(["a@10"]);
  });

  it("says nothing when nothing entered or left", () => {
    const { now, steps } = open();
    now.next(1);
    now.next(2);
    expect(steps).toEqual([]);
  });

  it("lets the oldest leave early beyond its capacity", () => {
    const { changes, inside } = open(2);
    for (const key of ["a", "b", "c"]) changes.next(enter(key, 0));
    expect(inside).toEqual(["b@0", "c@0"]);
  });

  const change = fc.record({
    kind: fc.constantFrom("enter", "enter", "enter", "amend", "remove", "tick"),
    key: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    step: fc.integer({ min: 0, max: 60 }),
    late: fc.integer({ min: 0, max: 120 }),
    good: fc.boolean(),
  });

  it("counts what brute force counts over the same changes, in whatever order they come", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (steps) => {
        const changes = new Subject<WindowChange<boolean>>();
        const now = new Subject<number>();
        let counted = { good: 0, n: 0 };
        tally(slidingWindow(changes, now, new SlidingWindow({ windowMs, capacity: 1_000 }))).subscribe((count) => {
          counted = count;
        });
        let plain: { key: string; atMs: number; good: boolean }[] = [];
        let nowMs = 0;
        for (const { kind, key, step, late, good } of steps) {
          nowMs += step;
          now.next(nowMs);
          plain = plain.filter(({ atMs }) => atMs > nowMs - windowMs);
          if (kind === "enter") {
            changes.next({ kind, key, atMs: nowMs - late, value: good });
            plain = plain.filter((entry) => entry.key !== key);
            if (late < windowMs) plain.push({ key, atMs: nowMs - late, good });
          }
          if (kind === "amend") {
            changes.next({ kind, key, value: good });
            plain = plain.map((entry) => (entry.key === key ? { ...entry, good } : entry));
          }
          if (kind === "remove") {
            changes.next({ kind, key });
            plain = plain.filter((entry) => entry.key !== key);
          }
          expect(counted).toEqual({ good: plain.filter((entry) => entry.good).length, n: plain.length });
        }
      }),
    );
  });
});
