import type { Entry } from "./command.ts";
import { loadNamed } from "./loaders.ts";
import { runProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Runs this process as one command line. Its exit code is set; nothing is cut off that is still being written. */
export async function runProcess(): Promise<void> {
  const { env } = process;
  const argv = process.argv.slice(2);
  process.exitCode = await runProgram(await entriesFor(argv), argv, {
    terminal: processTerminal(env),
    env,
    cwd: process.cwd(),
    stdin: readStdin,
    version,
  });
}

/** The named command alone, or all of them when there is help or advice to give. */
async function entriesFor([word]: readonly string[]): Promise<readonly Entry[]> {
  const named = await loadNamed(word);
  return named === undefined ? (await import("./registry.ts")).entries : [named];
}

async function readStdin(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
