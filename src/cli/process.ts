import { createRequire } from "node:module";
import { runProgram } from "./program.ts";
import { entries } from "./registry.ts";
import { processTerminal } from "./terminal.ts";

const { version } = createRequire(import.meta.url)("../../package.json") as { readonly version: string };

/** Runs this process as one command line. Its exit code is set; nothing is cut off that is still being written. */
export async function runProcess(): Promise<void> {
  const { argv, env } = process;
  process.exitCode = await runProgram(entries, argv.slice(2), {
    terminal: processTerminal(env),
    env,
    cwd: process.cwd(),
    stdin: readStdin,
    version,
  });
}

async function readStdin(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
