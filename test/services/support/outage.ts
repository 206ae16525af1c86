import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

export type ServerName = "neo4j" | "chroma";

const program = path.resolve(import.meta.dirname, "../../../scripts/services/main.mjs");

/** Ends the real server in order; its data stays. */
export function stopServer(name: ServerName): Promise<void> {
  return services("stop", name);
}

/** Starts it again where it was. */
export function startServer(name: ServerName, url: string): Promise<void> {
  return services("start", name, `--${name}-port`, new URL(url).port);
}

async function services(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`npm run services -- ${args.join(" ")} failed`);
}
