import type { ProcessIdentity } from "../kernel/processes.ts";
import { isAlive, type ProcStat, type ProcTable } from "./proc-table.ts";

/** What has been seen of one tree: members stay members, also once their parents are gone. */
export interface TreeMemory {
  /** Start time by pid. */
  readonly seen: Map<number, string>;
  /** Largest CPU time handed out, in ticks: a cumulative reading must never fall. */
  cpuTicks: number;
  /** Waiting time of every thread that was there at the last reading, in nanoseconds, by `pid/tid`. */
  waits: ReadonlyMap<string, number>;
  /** Waiting time of all threads that ever were, in nanoseconds. */
  waitedNs: number;
}

export function newTreeMemory(): TreeMemory {
  return { seen: new Map(), cpuTicks: 0, waits: new Map(), waitedNs: 0 };
}

/** Adds what the threads waited since they were last read; the number of an ended thread may be another's by now. */
export function addWaits(memory: TreeMemory, waits: ReadonlyMap<string, number>): void {
  for (const [thread, ns] of waits) {
    const before = memory.waits.get(thread) ?? 0;
    memory.waitedNs += ns >= before ? ns - before : ns;
  }
  memory.waits = waits;
}

/** What a table shows; a seam for tests. */
export type TableView = Pick<ProcTable, "stats" | "tokenOf">;

/**
 * The living members of a tree in one table, and remembers them.
 *
 * A process belongs when it carries the owner token, was seen to belong before, descends from one that belongs, or is
 * in the root's process group while that group is certainly still ours. `never` (the engine and its ancestors) cannot
 * belong. The root itself belongs by its start time *and* its token: a start time alone could be anybody's guess.
 */
export function membersOf(
  identity: ProcessIdentity,
  table: TableView,
  memory: TreeMemory,
  never: ReadonlySet<number>,
): readonly ProcStat[] {
  const own = new Map<number, ProcStat>();
  const add = (stat: ProcStat): void => {
    if (stat.pid > 1 && !never.has(stat.pid)) own.set(stat.pid, stat);
  };
  // Zombies take part in the search (their group is still theirs) and are left out of the answer.
  for (const stat of table.stats.values()) {
    if (memory.seen.get(stat.pid) === stat.startTime || table.tokenOf(stat.pid) === identity.ownerToken) add(stat);
  }
  if (groupIsOurs(identity, table, own)) {
    for (const stat of table.stats.values()) if (stat.group === identity.pid) add(stat);
  }
  addDescendants(table, own, add);
  memory.seen.clear();
  for (const stat of own.values()) memory.seen.set(stat.pid, stat.startTime);
  return [...own.values()].filter(isAlive);
}

/**
 * The kernel gives no pid away while a group of that number has members. So the group is ours while its leader is,
 * or, the leader gone, while it has a member that is known to be ours.
 */
function groupIsOurs(identity: ProcessIdentity, table: TableView, own: ReadonlyMap<number, ProcStat>): boolean {
  const leader = table.stats.get(identity.pid);
  if (leader !== undefined) return leader.startTime === identity.startTime && own.has(leader.pid);
  return [...own.values()].some((stat) => stat.group === identity.pid);
}

function addDescendants(table: TableView, own: ReadonlyMap<number, ProcStat>, add: (stat: ProcStat) => void): void {
  const children = new Map<number, ProcStat[]>();
  for (const stat of table.stats.values()) {
    const siblings = children.get(stat.parent);
    if (siblings === undefined) children.set(stat.parent, [stat]);
    else siblings.push(stat);
  }
  const todo = [...own.keys()];
  for (let pid = todo.pop(); pid !== undefined; pid = todo.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (own.has(child.pid)) continue;
      add(child);
      if (own.has(child.pid)) todo.push(child.pid);
    }
  }
}
