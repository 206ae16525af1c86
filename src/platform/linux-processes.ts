import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import { AiosError } from "../kernel/errors.ts";
import type { EndReport, Processes, ProcessIdentity, ProcessUsage } from "../kernel/processes.ts";
import {
  isAlive,
  lineageOf,
  type ProcStat,
  ProcTable,
  readBootId,
  readKernelUnits,
  readOwnerToken,
  readStat,
  readWaits,
} from "./proc-table.ts";
import { endTree } from "./process-end.ts";
import { startProcess } from "./process-start.ts";
import { addWaits, membersOf, newTreeMemory, type TreeMemory } from "./process-tree.ts";

/** Readings of usage this close together share one look at /proc, however many agents are measured. */
const SHARED_TABLE_MS = 20;
const TOKEN_BYTES = 16;
const NS_PER_MS = 1e6;

export interface ProcessesDeps {
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** Whose processes these are, the same over restarts: part of every owner token. Without one there are no strays. */
  readonly owner?: string;
}

/**
 * Processes by /proc. What it cannot see: a process that cleared its environment and was re-parented between two
 * looks, and the environment of another user's processes unless the engine is root.
 */
export function createLinuxProcesses({ clock, entropy, owner }: ProcessesDeps): Processes {
  const bootId = readBootId() ?? "";
  const units = readKernelUnits();
  const memories = new Map<string, TreeMemory>();
  let shared: { readonly table: ProcTable; readonly readAtMs: number } | undefined;

  const never = (): ReadonlySet<number> => new Set(lineageOf(process.pid));
  const memoryOf = (identity: ProcessIdentity): TreeMemory => {
    const memory = memories.get(identity.ownerToken) ?? newTreeMemory();
    memories.set(identity.ownerToken, memory);
    return memory;
  };
  const members = (identity: ProcessIdentity, table: ProcTable) => {
    if (identity.bootId !== bootId) return [];
    const memory = memoryOf(identity);
    const alive = membersOf(identity, table, memory, never());
    // Nothing of it is left, not even a zombie, and nothing can come back.
    if (memory.seen.size === 0) memories.delete(identity.ownerToken);
    return alive;
  };
  const sharedTable = () => {
    const now = clock.monotonic();
    if (shared === undefined || now - shared.readAtMs > SHARED_TABLE_MS) {
      shared = { table: new ProcTable(), readAtMs: now };
    }
    return shared;
  };

  return {
    support: { trees: true },
    start: (command) => {
      for (const [token, memory] of memories) if (!anyAlive(memory)) memories.delete(token);
      const token = entropy.secret(TOKEN_BYTES);
      return startProcess(command, owner === undefined ? token : `${owner}.${token}`, (pid, ownerToken) => {
        const identity = { pid, startTime: readStat(pid)?.startTime ?? "", bootId, ownerToken };
        memoryOf(identity).seen.set(pid, identity.startTime);
        return identity;
      });
    },
    find: async (identity) => {
      const stat = identity.bootId === bootId ? readStat(identity.pid) : undefined;
      if (stat === undefined || !isAlive(stat) || stat.startTime !== identity.startTime) return undefined;
      return { pid: stat.pid, state: stat.state };
    },
    tree: async (identity) => members(identity, new ProcTable()).map((stat) => stat.pid),
    strays: async () => {
      if (owner === undefined) return [];
      const roots = new Map<string, ProcessIdentity>();
      for (const { pid, startTime, group } of livingOthers(new ProcTable(), never())) {
        const ownerToken = readOwnerToken(pid) ?? "";
        if (!ownerToken.startsWith(`${owner}.`) || memories.has(ownerToken)) continue;
        // The leader of its group is the one that was started; what it started may have outlived it.
        if (pid === group || !roots.has(ownerToken)) roots.set(ownerToken, { pid, startTime, bootId, ownerToken });
      }
      return [...roots.values()];
    },
    end: async (identity, { graceMs }): Promise<EndReport> => {
      refuseForbidden(identity, never());
      if (members(identity, new ProcTable()).length === 0) {
        refuseMistaken(identity, bootId);
        return { ended: [], remaining: [], signal: "none" };
      }
      return endTree({ identity, graceMs, clock, members: () => members(identity, new ProcTable()) });
    },
    usage: async (identity): Promise<ProcessUsage | undefined> => {
      const { table, readAtMs } = sharedTable();
      const alive = members(identity, table);
      if (alive.length === 0) return undefined;
      const memory = memoryOf(identity);
      // A member that ended takes its time along unless its parent waited for it: the sum is held, never lowered.
      memory.cpuTicks = Math.max(memory.cpuTicks, sum(alive.map((stat) => stat.cpuTicks)));
      return {
        cpuMs: (memory.cpuTicks * 1_000) / units.ticksPerSecond,
        ...waitedBy(alive, memory),
        rssBytes: sum(alive.map((stat) => stat.rssPages)) * units.pageBytes,
        processes: alive.length,
        atMs: readAtMs,
      };
    },
  };
}

function waitedBy(alive: readonly ProcStat[], memory: TreeMemory): { readonly waitedMs?: number } {
  const waits = alive.flatMap(({ pid }) => [...(readWaits(pid) ?? [])]);
  if (waits.length === 0) return {};
  addWaits(memory, new Map(waits));
  return { waitedMs: memory.waitedNs / NS_PER_MS };
}

function livingOthers({ stats }: ProcTable, never: ReadonlySet<number>): readonly ProcStat[] {
  return [...stats.values()].filter((stat) => stat.pid > 1 && !never.has(stat.pid) && isAlive(stat));
}

function anyAlive(memory: TreeMemory): boolean {
  return [...memory.seen].some(([pid, startTime]) => readStat(pid)?.startTime === startTime);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function refuseForbidden(identity: ProcessIdentity, never: ReadonlySet<number>): void {
  if (!Number.isInteger(identity.pid) || identity.pid <= 1) {
    throw new AiosError("process.identity", `process ${identity.pid} is never ended`);
  }
  if (never.has(identity.pid)) {
    throw new AiosError("process.identity", `process ${identity.pid} is the engine itself or one of its ancestors`);
  }
}

/** Nothing of the tree was found: fine when the pid is free, an error when it is somebody else's. */
function refuseMistaken(identity: ProcessIdentity, bootId: string): void {
  if (identity.bootId !== bootId) {
    throw new AiosError("process.identity", `process ${identity.pid} ran before this machine was last started`);
  }
  const stat = readStat(identity.pid);
  if (stat !== undefined && isAlive(stat)) {
    throw new AiosError("process.identity", `process ${identity.pid} is not the one that was meant; it was left alone`);
  }
}
