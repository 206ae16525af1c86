import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Candidate,
  noStatistics,
  pickNext,
  type RunStatistics,
  recordRun,
  withPeak,
} from "../../../src/domain/task-order.ts";
import type { Priority } from "../../../src/events/vocabulary.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const noon = 20_000 * DAY + DAY / 2;

const waits = (id: string, priority: Priority, sinceMs: number, agentId: string | undefined = "a"): Candidate => ({
  id,
  priority,
  sinceMs: noon + sinceMs,
  agentId,
});
const pick = (runnable: readonly Candidate[], atMs: number, statistics: RunStatistics = noStatistics) =>
  pickNext(runnable, statistics, noon + atMs);
const ran = (...runs: readonly (readonly [agentId: string, priority: Priority, ms: number])[]) =>
  runs.reduce((known, [agentId, priority, ms]) => recordRun(known, agentId, priority, ms), noStatistics);

describe("which task goes next", () => {
  it("is the oldest of the highest priority", () => {
    const runnable = [waits("d", "P3", 0), waits("c", "P2", 1), waits("b", "P1", 3), waits("a", "P1", 2)];
    expect(pick(runnable, 10)).toMatchObject({ id: "a", rule: "priority" });
    expect(pick([...runnable, waits("z", "P0", 9)], 10)).toMatchObject({ id: "z", rule: "priority" });
    expect(pick([], 10)).toBeUndefined();
  });

  it("is a P3 that waited a minute, when there is no data to say how long it should wait", () => {
    const runnable = [waits("old", "P3", 0), waits("young", "P1", MINUTE / 2), waits("urgent", "P0", MINUTE / 2)];
    expect(pick(runnable, MINUTE - 1)).toMatchObject({ id: "urgent" });
    expect(pick(runnable, MINUTE)).toEqual({ id: "old", rule: "guard", guardMs: MINUTE });
  });

  it("is an older P1 or P2 before such a P3, and never an older P0 for its sake", () => {
    const p3 = waits("p3", "P3", 10);
    expect(pick([waits("p2", "P2", 5), waits("p1", "P1", 20), p3], 2 * MINUTE)).toMatchObject({
      id: "p2",
      rule: "guard",
    });
    expect(pick([waits("p0", "P0", 0), waits("p1", "P1", 20), p3], 2 * MINUTE)).toMatchObject({ id: "p3" });
  });

  it("lets a P3 wait .85 of the longest wait that first-come-first-served would have given today", () => {
    const statistics = withPeak(
      ran(["a", "P2", 100_000]),
      Array.from({ length: 6 }, () => waits("x", "P2", 0)),
      3,
      noon,
    );
    expect(statistics.peakMs).toBe(200_000);
    const runnable = [waits("p3", "P3", 0), waits("p1", "P1", 1)];
    expect(pick(runnable, 169_999, statistics)).toMatchObject({ id: "p1", guardMs: 170_000 });
    expect(pick(runnable, 170_000, statistics)).toMatchObject({ id: "p3", guardMs: 170_000 });
  });

  it("is the P0 with the shortest estimate once six of them wait and each has one", () => {
    const runs = ran(["slow", "P0", 9_000], ["fast", "P0", 50], ["fast", "P0", 10], ["fast", "P0", 8_000]);
    const five = [1, 2, 3, 4, 5].map((n) => waits(`slow${n}`, "P0", n, "slow"));
    const fast = waits("fast", "P0", 9, "fast");
    expect(pick([...five, fast], 10, runs)).toMatchObject({ id: "fast", rule: "burst" });
    expect(pick([fast, ...five], 10, runs)).toMatchObject({ id: "fast", rule: "burst" });
    expect(pick([...five.slice(1), fast], 10, runs)).toMatchObject({ id: "slow2", rule: "priority" });
    expect(pick([...five, waits("new", "P0", 9, "unknown")], 10, runs)).toMatchObject({ id: "slow1" });
  });

  it("takes of equals the one that stands first in the queue, and of equal estimates the older one", () => {
    expect(pick([waits("first", "P2", 5), waits("second", "P2", 5)], 10)).toMatchObject({ id: "first" });
    const old = [waits("p1", "P1", 5), waits("p2", "P2", 5), waits("p3", "P3", 5)];
    expect(pick(old, 2 * MINUTE)).toMatchObject({ id: "p1", rule: "guard" });
    const runs = ran(["a", "P0", 100]);
    const many = [6, 2, 3, 4, 5, 1].map((since) => waits(`since ${since}`, "P0", since));
    expect(pick(many, 10, runs)).toMatchObject({ id: "since 1", rule: "burst" });
    const same = ["x", "y", "z", "u", "v", "w"].map((id) => waits(id, "P0", 1));
    expect(pick(same, 10, runs)).toMatchObject({ id: "x", rule: "burst" });
  });

  it("estimates by the median of an agent's newest 15 runs", () => {
    const old = Array.from({ length: 30 }, () => ["a", "P0", 10] as const);
    const recent = Array.from({ length: 15 }, () => ["a", "P0", 9_000] as const);
    const runs = ran(...old, ...recent, ["b", "P0", 5_000]);
    const runnable = [1, 2, 3, 4, 5].map((n) => waits(`a${n}`, "P0", n, "a"));
    expect(pick([...runnable, waits("b", "P0", 9, "b")], 10, runs)).toMatchObject({ id: "b", rule: "burst" });
  });

  const candidates = fc.array(
    fc.record({
      priority: fc.constantFrom<Priority>("P0", "P1", "P2", "P3"),
      sinceMs: fc.integer({ min: 0, max: 5 * MINUTE }),
    }),
    { minLength: 1, maxLength: 20 },
  );

  it("is what the rule says, on any queue", () => {
    fc.assert(
      fc.property(candidates, fc.integer({ min: 0, max: 400_000 }), (given, peakMs) => {
        const queue = given.map(({ priority, sinceMs }, index) => waits(String(index), priority, sinceMs));
        const at = 5 * MINUTE;
        const statistics = { ...noStatistics, peakMs, day: Math.floor(noon / DAY) };
        const limit = Math.max(MINUTE, 0.85 * peakMs);
        const oldest = (of: readonly Priority[]) =>
          queue.filter(({ priority }) => of.includes(priority)).sort((a, b) => a.sinceMs - b.sinceMs)[0];
        const p3 = oldest(["P3"]);
        const waited = p3 === undefined ? -1 : noon + at - p3.sinceMs;
        const expected =
          waited >= limit
            ? oldest(["P1", "P2", "P3"])
            : (oldest(["P0"]) ?? oldest(["P1"]) ?? oldest(["P2"]) ?? oldest(["P3"]));
        const got = queue.find(({ id }) => id === pick(queue, at, statistics)?.id);
        expect(got?.sinceMs).toBe(expected?.sinceMs);
      }),
    );
  });
});

describe("the peak of the day", () => {
  it("is the most work that waited at once, by the mean run of each class, over the workers", () => {
    const runs = ran(["a", "P1", 1_000], ["a", "P2", 3_000]);
    // A class is drawn towards the mean of all by three pseudo-observations.
    const p1 = (1_000 + 3 * 2_000) / 4;
    const p2 = (3_000 + 3 * 2_000) / 4;
    const busy = withPeak(runs, [waits("x", "P1", 0), waits("y", "P2", 0), waits("z", "P2", 0)], 2, noon);
    expect(busy.peakMs).toBe((p1 + 2 * p2) / 2);
    expect(withPeak(busy, [], 2, noon + 1).peakMs).toBe(busy.peakMs);
  });

  it("is forgotten at midnight UTC for what waits then, also when nothing comes in", () => {
    const busy = withPeak(ran(["a", "P2", 600_000]), [waits("x", "P2", 0), waits("y", "P2", 0)], 1, noon);
    const midnight = DAY / 2;
    const runnable = [waits("p3", "P3", midnight - 2 * MINUTE), waits("p1", "P1", midnight - 1)];
    expect(pick(runnable, midnight - 1, busy)).toMatchObject({ id: "p1" });
    const reset = withPeak(busy, [waits("x", "P2", 0)], 1, noon + midnight);
    expect(reset.peakMs).toBe(600_000);
    expect(pick(runnable, midnight, withPeak(busy, [], 1, noon + midnight))).toMatchObject({
      id: "p3",
      guardMs: MINUTE,
    });
  });
});
