import type { DefunctProcess, RunningProcess } from "../kernel/vitals.ts";
import { isAlive, ProcTable, readBootTimeMs, readKernelUnits, readStat } from "./proc-table.ts";

const { ticksPerSecond } = readKernelUnits();

/** What /proc says of one process. */
export function runningProcess(pid: number): RunningProcess | "absent" | undefined {
  const bootedAtMs = readBootTimeMs();
  if (bootedAtMs === undefined) return undefined;
  const stat = readStat(pid);
  if (stat === undefined || !isAlive(stat)) return "absent";
  return { startedAtMs: bootedAtMs + (1000 * Number(stat.startTime)) / ticksPerSecond };
}

/** Zombies below some processes, from one look at the process table. */
export function defunctBelow(pids: readonly number[]): readonly DefunctProcess[] | undefined {
  if (readBootTimeMs() === undefined) return undefined;
  const { stats } = new ProcTable();
  const within = new Set(pids);
  // A child is listed after or before its parent: its line of ancestors decides.
  const isBelow = (pid: number): boolean => {
    const seen = new Set<number>();
    for (let at = stats.get(pid)?.parent; at !== undefined && at > 0 && !seen.has(at); at = stats.get(at)?.parent) {
      if (within.has(at)) return true;
      seen.add(at);
    }
    return false;
  };
  return [...stats.values()]
    .filter((stat) => stat.state === "Z" && isBelow(stat.pid))
    .map(({ pid, parent }) => ({ pid, parent }));
}
