import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program that listens for HTTP, in a process of its own. */
export interface Started extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** From its spawn to the first answer 200. */
  readonly readyMs: number;
}

/** An operator's token given from outside, as `AIOS_TOKEN` would be. */
export const TOKEN = "bench-operator-token";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** The product as it is installed: `aios start` on a data directory below `directory`, every setting its default. */
export function startBuilt(directory: string): Promise<Started> {
  return started([main, "start", "--json"], directory, "/readyz");
}

/** A server that does what one would write first; see `naive-server.mjs`. */
export function startNaive(directory: string): Promise<Started> {
  return started([fileURLToPath(new URL("naive-server.mjs", import.meta.url))], directory, "/");
}

/**
 * Runs Node on `args`; the program prints one line of JSON with its `url` once it listens.
 *
 * @throws when it ends before that, with what it said
 */
async function started(args: readonly string[], directory: string, readyPath: string): Promise<Started> {
  const env = { PATH: process.env["PATH"], AIOS_PORT: "0", AIOS_DATA_DIR: `${directory}/data`, AIOS_TOKEN: TOKEN };
  const began = performance.now();
  const child = spawn(process.execPath, args, { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  child.stderr.on("data", (chunk) => said.push(String(chunk)));
  const ended = once(child, "exit");
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await ended;
  };
  try {
    const url = await Promise.race([announcedUrl(child), ended.then(() => undefined)]);
    if (url === undefined || child.pid === undefined) throw new Error(`${args[0]} did not start: ${said.join("")}`);
    await untilReady(`${url}${readyPath}`);
    return { url, pid: child.pid, readyMs: performance.now() - began, [Symbol.asyncDispose]: stop };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

async function announcedUrl({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) {
    const said: unknown = JSON.parse(line);
    if (said !== null && typeof said === "object" && "url" in said && typeof said.url === "string") return said.url;
  }
  return undefined;
}

async function untilReady(url: string): Promise<void> {
  while ((await fetch(url)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 2));
}
