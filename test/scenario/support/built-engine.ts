import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { type Program, startProgram } from "./program.ts";

const run = promisify(execFile);
const main = path.resolve(import.meta.dirname, "../../../dist/main.js");

/** The doors of a running engine, with the operator's token of its data directory. */
export interface Doors {
  readonly url: string;
  readonly dataDir: string;
}

/** The built engine over a data directory, on a port of its own. */
export interface BuiltEngine extends Doors {
  /** Ends it in order; resolves with its exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

export async function startEngine(dataDir: string): Promise<BuiltEngine> {
  const env = { HOME: dataDir, AIOS_DATA_DIR: dataDir, AIOS_PORT: "0" };
  const program: Program = startProgram([process.execPath, main, "start", "--json"], { cwd: dataDir, env });
  const { url } = JSON.parse(await program.until(/"url"/)) as { url: string };
  return {
    url,
    dataDir,
    kill: () => program.kill(),
    async stop() {
      program.signal("SIGTERM");
      return (await program.ended).code;
    },
  };
}

/** The link that `aios dashboard` prints: it opens the page once. */
export async function ticketLink({ dataDir }: Doors): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: dataDir, AIOS_DATA_DIR: dataDir };
  const { stdout } = await run(process.execPath, [main, "dashboard", "--json"], { cwd: dataDir, env });
  return (JSON.parse(stdout) as { url: string }).url;
}

/** What the engine answers to the operator; anything but success is thrown with its words. */
export async function ask<T>({ url, dataDir }: Doors, method: string, route: string, body?: unknown): Promise<T> {
  const token = (await readFile(path.join(dataDir, "operator.token"), "utf8")).trim();
  const response = await fetch(`${url}${route}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${route} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
