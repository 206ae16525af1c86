import { describe, expect, it } from "vitest";
import { addWaits, membersOf, newTreeMemory, type TableView } from "../../../src/platform/process-tree.ts";

interface Row {
  readonly parent?: number;
  readonly group?: number;
  readonly startTime?: string;
  readonly state?: string;
  readonly token?: string;
}

function table(rows: Record<number, Row>): TableView {
  const stats = Object.entries(rows).map(([pid, row]) => ({
    pid: Number(pid),
    state: row.state ?? "S",
    parent: row.parent ?? 1,
    group: row.group ?? Number(pid),
    startTime: row.startTime ?? `t${pid}`,
    cpuTicks: 0,
    rssPages: 0,
  }));
  return { stats: new Map(stats.map((stat) => [stat.pid, stat])), tokenOf: (pid) => rows[pid]?.token };
}

const identity = { pid: 100, startTime: "t100", bootId: "b", ownerToken: "mine" };
const never: ReadonlySet<number> = new Set([50]);
const pids = (view: TableView, memory = newTreeMemory()) =>
  membersOf(identity, view, memory, never)
    .map((stat) => stat.pid)
    .sort((a, b) => a - b);

describe("the members of a process tree", () => {
  it("are the root, its descendants, its group and whatever carries the token", () => {
    const view = table({
      50: { parent: 1 },
      100: { parent: 50, token: "mine" },
      101: { parent: 100 },
      102: { parent: 101 },
      103: { group: 100 },
      104: { token: "mine" },
      105: { parent: 104 },
      200: { parent: 50 },
    });
    expect(pids(view)).toEqual([100, 101, 102, 103, 104, 105]);
  });

  it("leave out zombies and yet find what descends from them", () => {
    const view = table({ 100: { state: "Z", token: "mine" }, 101: { parent: 100, group: 100 } });
    expect(pids(view)).toEqual([101]);
  });

  it("do not include another process that got the root's number, nor its group", () => {
    const view = table({ 100: { startTime: "later" }, 101: { group: 100 }, 102: { parent: 100 } });
    expect(pids(view)).toEqual([]);
  });

  it("do not include a root whose start time was guessed and whose token is another's", () => {
    expect(pids(table({ 100: { token: "theirs" } }))).toEqual([]);
  });

  it("stay members once seen, when parent, group and environment no longer show it", () => {
    const memory = newTreeMemory();
    pids(table({ 100: { token: "mine" }, 101: { parent: 100 } }), memory);
    expect(pids(table({ 101: { parent: 1 } }), memory)).toEqual([101]);
    expect(pids(table({ 101: { parent: 1, startTime: "reused" } }), memory)).toEqual([]);
  });

  it("include the group of a root that has gone while one of it is known to be ours", () => {
    expect(pids(table({ 101: { group: 100, token: "mine" }, 102: { group: 100 } }))).toEqual([101, 102]);
    expect(pids(table({ 101: { group: 100 }, 102: { group: 100 } }))).toEqual([]);
  });

  it("never include the engine or its ancestors, whatever they carry, nor init", () => {
    expect(pids(table({ 1: { parent: 0, token: "mine" }, 50: { token: "mine" }, 100: { token: "mine" } }))).toEqual([
      100,
    ]);
  });
});

describe("the time that a tree waited for a core", () => {
  it("grows by what each thread waited since it was last read, and keeps what ended threads waited", () => {
    const memory = newTreeMemory();
    const read = (waits: Record<string, number>) => {
      addWaits(memory, new Map(Object.entries(waits)));
      return memory.waitedNs;
    };
    expect(read({ "100/100": 5, "100/101": 7 })).toBe(12);
    expect(read({ "100/100": 6 })).toBe(13);
    // Another thread got the number of the one that ended.
    expect(read({ "100/100": 6, "100/101": 2 })).toBe(15);
    expect(read({ "100/100": 6, "100/101": 9 })).toBe(22);
  });
});
