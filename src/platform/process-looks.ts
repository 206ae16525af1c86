import type { DefunctBelow, RunningProcess } from "../kernel/vitals.ts";
import { isAlive, type ProcStat, ProcTable, readBootTimeMs, readKernelUnits, readStat } from "./proc-table.ts";

const { ticksPerSecond } = readKernelUnits();

/** What /proc says of one process. */
export function runningProcess(pid: number): RunningProcess | "absent" | undefined {
  const bootedAtMs = readBootTimeMs();
  if (bootedAtMs === undefined) return undefined;
  const stat = readStat(pid);
  if (stat === undefined || !isAlive(stat)) return "absent";
  return { startedAtMs: bootedAtMs + (1000 * Number(stat.startTime)) / ticksPerSecond };
}

/** Zombies below any processes that are asked for, all from one look at the process table. */
export function defunctProcesses(): DefunctBelow | undefined {
  if (readBootTimeMs() === undefined) return undefined;
  let table: ReadonlyMap<number, ProcStat> | undefined;
  let zombies: readonly ProcStat[] = [];
  return (pids) => {
    if (table === undefined) {
      table = new ProcTable().stats;
      zombies = [...table.values()].filter(({ state }) => state === "Z");
    }
    const [stats, within] = [table, new Set(pids)];
    return zombies.filter((zombie) => isBelow(zombie, within, stats)).map(({ pid, parent }) => ({ pid, parent }));
  };
}

/** A child is listed after or before its parent: its line of ancestors decides. */
function isBelow(zombie: ProcStat, within: ReadonlySet<number>, stats: ReadonlyMap<number, ProcStat>): boolean {
  const seen = new Set<number>();
  for (let at: number | undefined = zombie.parent; at !== undefined && at > 0 && !seen.has(at); ) {
    if (within.has(at)) return true;
    seen.add(at);
    at = stats.get(at)?.parent;
  }
  return false;
}
