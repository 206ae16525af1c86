import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { systemClock } from "../../platform/clock.ts";
import { systemEntropy } from "../../platform/entropy.ts";
import { readStat } from "../../platform/proc-table.ts";
import { createProcesses } from "../../platform/processes.ts";
import { fail, type MachineCheck, ok, warn } from "./check.ts";

const { engines } = createRequire(import.meta.url)("../../../package.json") as {
  readonly engines: { readonly node: string };
};

/** Whether this Node is as new as `>=X.Y`. */
export function isNewEnough(version: string, wanted: string): boolean {
  const numbers = (text: string) => (text.match(/\d+/g) ?? []).map(Number);
  const [have, need] = [numbers(version), numbers(wanted)];
  const at = need.findIndex((number, index) => number !== (have[index] ?? 0));
  return at < 0 || (have[at] ?? 0) > (need[at] ?? 0);
}

const node: MachineCheck = {
  name: "node",
  look: async () =>
    isNewEnough(process.version, engines.node)
      ? ok(`${process.version} (${engines.node} is asked for)`)
      : fail(`${process.version} is too old`, `Install Node ${engines.node}.`),
};

const system: MachineCheck = {
  name: "system",
  look: async () => {
    const { support } = createProcesses({ clock: systemClock, entropy: systemEntropy });
    const where = `${process.platform} ${process.arch}`;
    if (support.trees) return ok(`${where}: process trees are seen and ended safely`);
    return warn(
      `${where}: ${support.reason ?? "process trees cannot be ended safely"}`,
      "What a program leaves behind may go on; processes of an engine before are not ended. Run the engine on Linux for that.",
    );
  },
};

const proc: MachineCheck = {
  name: "/proc",
  look: async () => {
    if (process.platform !== "linux") return ok("is not asked for here");
    return readStat(process.pid) === undefined
      ? fail(
          "cannot be read",
          "Mount procfs at /proc (in a container: do not hide it); the engine tells processes apart by it.",
        )
      : ok("tells processes apart by their start time");
  },
};

const python: MachineCheck = {
  name: "python3",
  look: async () => {
    const version = await firstLine("python3", ["--version"]);
    return ok(version ?? "is not there; only programs that are written in it need it");
  },
};

const gpu: MachineCheck = {
  name: "nvidia-smi",
  look: async () => {
    const found = await firstLine("nvidia-smi", ["--query-gpu=name", "--format=csv,noheader"]);
    return ok(found ?? "is not there; GPUs are not measured");
  },
};

const PATIENCE_MS = 5_000;

/** What a program says first; `undefined` when it is not there or fails. */
function firstLine(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: PATIENCE_MS, killSignal: "SIGKILL" }, (failure, stdout) => {
      const line = stdout.split("\n", 1)[0]?.trim() ?? "";
      resolve(failure === null && line !== "" ? line : undefined);
    });
  });
}

export const machineChecks: readonly MachineCheck[] = [node, system, proc, python, gpu];
