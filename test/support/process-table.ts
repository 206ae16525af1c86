import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Living processes that work inside a directory: the programs that an engine started there, and what those started. */
export function livingIn(directory: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => isAlive(Number(pid)) && (workplaceOf(pid) ?? "").startsWith(directory))
    .map(Number);
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

function workplaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
