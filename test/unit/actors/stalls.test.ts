import { describe, expect, it } from "vitest";
import { Stalls } from "../../../src/actors/stalls.ts";
import type { Stall } from "../../../src/kernel/watch.ts";
import { WatchMemory } from "../../../src/platform/watch-memory.ts";

const at = (stall: Partial<Stall>): Stall => ({
  atMs: 1,
  actor: "agent/a",
  sequence: 7,
  what: "task.started",
  blockedMs: 10_000,
  ended: true,
  ...stall,
});
const ofTask = at({ sequence: 0, what: "task/t" });

describe("what engines were ended at", () => {
  it("leaves out an event at which the process was ended as often as it is borne", () => {
    expect(new Stalls([at({})], 2).skipped()).toEqual([]);
    const twice = new Stalls([at({}), at({ atMs: 2 }), at({ sequence: 8 })], 2);
    expect(twice.skipped()).toEqual([{ actor: "agent/a", sequence: 7, what: "task.started", times: 2 }]);
  });

  it("does not count a stall after which the thread went on", () => {
    expect(new Stalls([at({}), at({ ended: false }), at({ ended: false })], 2).skipped()).toEqual([]);
  });

  it("refuses a task to the agent that it was stuck on, and says what to do; to others it is given", () => {
    const stalls = new Stalls([ofTask, ofTask], 2);
    expect(stalls.refusalOf("t", "a")).toContain("watchdog.jsonl");
    expect(stalls.refusalOf("t", "b")).toBeUndefined();
    expect(stalls.refusalOf("u", "a")).toBeUndefined();
    expect(stalls.skipped()).toEqual([]);
  });
});

describe("the memory that the watchdog reads", () => {
  it("says from another view of it what the thread works on", () => {
    const memory = new WatchMemory();
    const seen = new WatchMemory(memory.buffer);
    memory.enter("agent/ä", 2 ** 40, "task.started");
    expect(seen.work).toEqual({ actor: "agent/ä", sequence: 2 ** 40, what: "task.started" });
    memory.leave();
    expect(seen.work.actor).toBe("unknown");
    memory.enter("b", 1, "x");
    expect(seen.work).toEqual({ actor: "b", sequence: 1, what: "x" });
    memory.beat();
    expect(seen.beats).toBe(1);
  });

  it("names what is under way beside the steps when it can only be that", () => {
    const memory = new WatchMemory();
    memory.setOthers("agent/a\ttask/t");
    expect(memory.work).toEqual({ actor: "agent/a", sequence: 0, what: "task/t" });
    memory.setOthers("agent/a\ttask/t\nagent/b\ttask/u");
    expect(memory.work.actor).toBe("unknown");
  });

  it("cuts a name that is longer than its place", () => {
    const memory = new WatchMemory();
    memory.enter("a".repeat(5_000), 1, "x");
    expect(memory.work.actor).toHaveLength(200);
  });
});
