import { existsSync } from "node:fs";
import type { Processes } from "../kernel/processes.ts";
import { createLinuxProcesses, type ProcessesDeps } from "./linux-processes.ts";
import { createPortableProcesses } from "./portable-processes.ts";

/** The processes of this machine: whole trees where /proc is there, the safe minimum elsewhere. */
export function createProcesses(deps: ProcessesDeps): Processes {
  const hasProc = process.platform === "linux" && existsSync("/proc/self/stat");
  return hasProc ? createLinuxProcesses(deps) : createPortableProcesses(deps);
}
