import { type ChildProcessByStdio, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { whySpawnFailed } from "../../platform/process-start.ts";
import { type Caller, callBack } from "./caller.ts";
import { type FrameKind, frameOf } from "./frames.ts";
import { lastBytes } from "./last-bytes.ts";

/**
 * `relay.js PROGRAM ARGUMENT…` stands in for the program that `aios run` was given: the engine starts it as an agent, it
 * starts the program in its own process group, hands everything printed to the caller as it comes, and ends the way the
 * program ended, so that the engine sees the program's own exit. Where the caller cannot be reached (it is gone, or of
 * another user) the program runs all the same: the engine keeps the end of what it printed as the task's output.
 */

/** The engine keeps this much of the end of standard output. */
const KEPT_BYTES = 1024 * 1024;
/** What was written before an exit is read in far less; only what outlives its program keeps a pipe open longer. */
const QUIET_MS = 200;
const LOOK_MS = 500;

const engine = process.ppid;
const [program = "", ...args] = process.argv.slice(2);

// The engine signals the whole group: the program hears it too, and this one stays to tell how it ended.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});

try {
  await run(await callBack(await readAll(process.stdin)));
} catch (failure) {
  process.stderr.write(`the relay of aios run failed: ${failure instanceof Error ? failure.stack : String(failure)}\n`);
  leave({ kind: "exit", code: 125, signal: null });
}

type Ending =
  | { readonly kind: "exit"; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: "unstarted"; readonly message: string; readonly code: string };

type Program = ChildProcessByStdio<Writable | null, Readable, Readable>;

async function run(caller: Caller | undefined): Promise<void> {
  const env = environmentOf(caller);
  const hasInput = caller?.hasInput === true;
  const child: Program = hasInput
    ? spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] })
    : spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const watch = setInterval(() => endWithTheEngine(), LOOK_MS);
  const ended = endingOf(child, env);
  if (hasInput && child.stdin !== null) void caller?.feed(child.stdin);
  const kept = lastBytes(KEPT_BYTES);
  const traffic = { chunks: 0, sending: 0 };
  const pump = async (kind: FrameKind, stream: AsyncIterable<Uint8Array>, also: (chunk: Uint8Array) => void) => {
    for await (const chunk of stream) {
      traffic.chunks++;
      traffic.sending++;
      also(chunk);
      await caller?.send(frameOf(kind, chunk));
      traffic.sending--;
    }
  };
  const pumps = Promise.allSettled([
    pump("stdout", child.stdout, (chunk) => kept.add(chunk)),
    pump("stderr", child.stderr, (chunk) => void process.stderr.write(chunk)),
  ]);
  const ending = await ended;
  await readToTheEnd(pumps, traffic);
  await caller?.finish();
  clearInterval(watch);
  await report(ending, kept.text());
  leave(ending);
}

/** The engine's own variables for its agents, and for the rest what the caller sent. */
function environmentOf(caller: Caller | undefined): Record<string, string | undefined> {
  if (caller === undefined) return process.env;
  const own = Object.entries(process.env).filter(([name]) => name.startsWith("AIOS_") || name === "TRACEPARENT");
  return { ...caller.environment, ...Object.fromEntries(own) };
}

function endingOf(child: Program, env: Record<string, string | undefined>): Promise<Ending> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ kind: "exit", code, signal }));
    child.once("error", (failure: NodeJS.ErrnoException) => {
      const known = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
      const tried = { argv: [program, ...args] as const, cwd: process.cwd(), env: known as Record<string, string> };
      void whySpawnFailed(tried, failure).then((why) =>
        resolve({
          kind: "unstarted",
          code: failure.code ?? "",
          message: `cannot start "${program}" in ${tried.cwd}: ${why}`,
        }),
      );
    });
  });
}

interface Traffic {
  readonly chunks: number;
  /** Chunks that wait for a slow caller. */
  readonly sending: number;
}

/** Resolves once both pipes are at their end, or nothing more comes although no caller is slow. */
async function readToTheEnd(pumps: Promise<unknown>, traffic: Traffic): Promise<void> {
  let over = false;
  const closed = pumps.then(() => {
    over = true;
  });
  for (let seen = -1; !over && (traffic.sending > 0 || seen !== traffic.chunks); ) {
    seen = traffic.chunks;
    let timer: NodeJS.Timeout | undefined;
    const quiet = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, QUIET_MS);
    });
    await Promise.race([closed, quiet]);
    clearTimeout(timer);
  }
}

/** Nobody would end the program when the engine is gone: its tree must not work on unseen. */
function endWithTheEngine(): void {
  if (process.ppid === engine) return;
  process.kill(0, "SIGTERM");
  setTimeout(() => process.kill(0, "SIGKILL"), 2_000).unref();
}

/** The last word to the engine, in its own protocol. An exit that is none of 0 speaks for itself. */
function report(ending: Ending, output: string): Promise<void> {
  if (ending.kind === "unstarted") {
    const { message, code } = ending;
    return say({ type: "error", message, retryable: false, ...(code === "" ? {} : { code }) });
  }
  return ending.code === 0 ? say({ type: "result", output }) : Promise.resolve();
}

function say(message: object): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve()));
}

/** Ends as the program did. */
function leave(ending: Ending): void {
  if (ending.kind === "unstarted") process.exit(125);
  if (ending.signal === null) process.exit(ending.code ?? 125);
  const number = constants.signals[ending.signal];
  process.removeAllListeners(ending.signal);
  // Node keeps SIGUSR1 for its debugger, and a signal whose default is to go on would go on.
  if (ending.signal !== "SIGUSR1") process.kill(process.pid, ending.signal);
  setTimeout(() => process.exit(128 + number), QUIET_MS);
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
