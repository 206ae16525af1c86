import { pause } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import type { ChildProcess } from "../kernel/processes.ts";
import { formsOf, withoutSecrets } from "../kernel/secrecy.ts";
import type { DeclaredCommand } from "./command.ts";
import type { ActionContext } from "./kind.ts";

const OUTPUT_CHARACTERS = 4096;
const GRACE_MS = 5_000;
const STANDARD = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of what it wrote, to both streams, without the secrets it was given. */
  readonly output: string;
}

/**
 * Runs a program to its end, and ends it with all it started where that takes too long or the engine stops.
 *
 * @throws {AiosError} `process.spawn`, `action.failed` after the time allowed, `action.refused` when the engine stops
 */
export async function runProgram(
  argv: readonly [string, ...string[]],
  { cwd, env, user, timeoutMs }: DeclaredCommand,
  secrets: Readonly<Record<string, string>>,
  context: ActionContext,
): Promise<ProgramEnd> {
  const { processes, clock, signal } = context;
  const child = await processes.start({
    argv,
    cwd,
    env: { ...STANDARD, ...env, ...secrets },
    stdin: "ignore",
    ...(user === undefined ? {} : { user }),
  });
  const written = outputOf(child, Object.values(secrets));
  const over = new AbortController();
  const late = pause(clock, timeoutMs, AbortSignal.any([signal, over.signal])).then(() => "late" as const);
  const ended = await Promise.race([child.exited, late]);
  over.abort();
  // What it left running is ended too: nobody else would know of it.
  await processes.end(child.identity, { graceMs: ended === "late" ? GRACE_MS : 0 }).catch(() => undefined);
  const exit = await child.exited;
  if (ended === "late" && signal.aborted)
    throw new AiosError("action.refused", "the engine stopped before it had ended");
  if (ended === "late") throw new AiosError("action.failed", `${argv[0]} was ended after ${timeoutMs} ms`);
  return { ...exit, output: await written };
}

async function outputOf({ stdout, stderr }: ChildProcess, secrets: readonly string[]): Promise<string> {
  const parts = await Promise.all([tailOf(stdout, secrets), tailOf(stderr, secrets)]);
  return parts
    .filter((part) => part !== "")
    .join("\n")
    .slice(-OUTPUT_CHARACTERS);
}

/** The secrets go before anything is cut: the rest of one that was cut in two would be nobody's. */
async function tailOf(stream: AsyncIterable<Uint8Array>, secrets: readonly string[]): Promise<string> {
  const longest = Math.max(0, ...secrets.flatMap(formsOf).map(({ length }) => length));
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text = withoutSecrets(text + decoder.decode(chunk, { stream: true }), secrets).slice(
      -(OUTPUT_CHARACTERS + longest),
    );
  }
  return text.trim();
}
