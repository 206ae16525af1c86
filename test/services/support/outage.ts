import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { servicesDirectory } from "./servers.ts";

export type ServerName = "neo4j" | "chroma";

const program = path.resolve(import.meta.dirname, "../../../scripts/services/main.mjs");
const record = z.object({ pid: z.number().int().positive() });

/** Ends the real server in order; its data stays. */
export function stopServer(name: ServerName): Promise<void> {
  return services("stop", name);
}

/** Starts it again where it was. */
export function startServer(name: ServerName, url: string): Promise<void> {
  return services("start", name, `--${name}-port`, new URL(url).port);
}

/** At once, to the server's process: to be held up with SIGSTOP and let go with SIGCONT, or killed on the spot. */
export function signalServer(name: ServerName, signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
  const text = readFileSync(path.join(servicesDirectory(), "run", `${name}.json`), "utf8");
  process.kill(record.parse(JSON.parse(text)).pid, signal);
}

async function services(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`npm run services -- ${args.join(" ")} failed`);
}
