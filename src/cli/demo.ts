import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AiosError } from "../kernel/errors.ts";
import type { Call, Command } from "./command.ts";
import { exit } from "./exit.ts";
import { endings, signalExitCode } from "./signals.ts";

export const demo: Command = {
  name: "demo",
  summary: "Let four real faults loose on four small agents and watch them being mended",
  operands: [{ name: "ARGUMENT", says: "as `aios demo --help` lists them", optional: true, many: true }],
  passesOn: true,
  examples: ["aios demo", "aios demo --seed 7 --exit", "aios demo --exit --json"],
  run,
};

const program = fileURLToPath(new URL("../../examples/demo/main.mjs", import.meta.url));

/** The demo is a program of its own that uses the doors alone. It ends everything in order when it is asked to. */
async function run({ given, env }: Call): Promise<number> {
  const child = spawn(process.execPath, [program, ...given.operands("ARGUMENT")], { stdio: "inherit", env });
  // Ctrl-C reaches the demo by itself, and it hears only the first signal: passing on every one does no harm.
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of endings) process.on(signal, pass);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", (cause) => reject(new AiosError("process.spawn", `cannot start ${program}`, { cause })));
      child.once("exit", (code, signal) => resolve(signal === null ? (code ?? exit.failed) : signalExitCode(signal)));
    });
  } finally {
    for (const signal of endings) process.off(signal, pass);
  }
}
