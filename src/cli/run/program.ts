import path from "node:path";
import { fileURLToPath } from "node:url";
import { canonical, type Hash } from "../../kernel/hash.ts";
import type { Json } from "../../kernel/json.ts";

/** Between the request to end and the end by force. */
const GRACE_MS = 5_000;
/** Beside this file, compiled or not. */
const relay = fileURLToPath(new URL(`relay${path.extname(fileURLToPath(import.meta.url))}`, import.meta.url));

export interface Program {
  readonly command: readonly string[];
  /** Absolute. */
  readonly cwd: string;
}

/**
 * The agent that a program is run as: the same program in the same directory is the same agent, so that what was seen of
 * it is remembered. A person decides when it runs again: no breaker keeps it waiting, and it is never archived.
 */
export function agentOf({ command, cwd }: Program, name: string | undefined, hash: Hash) {
  const config = {
    command: [process.execPath, ...process.execArgv, relay, ...command],
    output: "ndjson",
    cwd,
    graceMs: GRACE_MS,
  } satisfies Json;
  const id = name ?? `${readable(command)}-${hash.sha256(canonical({ command: [...command], cwd })).slice(0, 8)}`;
  return {
    id,
    kind: "process",
    config,
    // Whoever names no agent must not start somebody's program.
    capabilities: [id],
    concurrency: 16,
    policy: { cooldownMs: 1, openMs: 1_000, archiveAfterProbes: 1_000_000 },
  };
}

/** `python3-agent.py` of `/usr/bin/python3 ./src/agent.py --fast`: the program and the first thing it is given to run. */
function readable(command: readonly string[]): string {
  const [program = "", ...rest] = command;
  const first = rest.find((word) => !word.startsWith("-"));
  const words = [program, ...(first === undefined ? [] : [first])].map((word) => path.basename(word));
  const plain = words
    .join("-")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "");
  return plain.slice(0, 40) || "program";
}

/** Whether an agent is one of ours, with this or another program. */
export function isRunAgent(config: unknown): boolean {
  const { command } = (config ?? {}) as { readonly command?: unknown };
  return (
    Array.isArray(command) &&
    command.some((word) => typeof word === "string" && /[\\/]cli[\\/]run[\\/]relay\.[jt]s$/.test(word))
  );
}
