import { readFile } from "node:fs/promises";
import os from "node:os";
import { fileURLToPath } from "node:url";

/** Packages whose version can move a figure. */
const telling = ["rxjs", "xstate", "hono", "@hono/node-server", "zod", "re2js"] as const;

/** Where and with what it was measured. `load` is the run queue of the last minute: above the cores, others were at work too. */
export function describeMachine() {
  const [cpu] = os.cpus();
  return {
    cpu: cpu?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    load: Math.round(100 * (os.loadavg()[0] ?? 0)) / 100,
  };
}

export async function describePackages(): Promise<Readonly<Record<string, string>>> {
  const own = await versionIn(fileURLToPath(new URL("../package.json", import.meta.url)));
  const others = await Promise.all(
    telling.map(async (name) => {
      const folder = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
      return [name, await versionIn(folder)] as const;
    }),
  );
  return Object.fromEntries([["aios", own], ...others]);
}

async function versionIn(file: string): Promise<string> {
  const read: unknown = JSON.parse(await readFile(file, "utf8"));
  const version = read !== null && typeof read === "object" && "version" in read ? read.version : undefined;
  return typeof version === "string" ? version : "unknown";
}
