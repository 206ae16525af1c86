import path from "node:path";
import { fileURLToPath } from "node:url";
import type { ConfigInput, Engine } from "../src/index.ts";
import { built } from "./built.ts";

/** The folder of the package: where its playbooks are found. */
export const packageRoot = fileURLToPath(new URL("..", import.meta.url));

/** The whole built engine inside this process, on the defaults except for what is given. */
export async function openEngine(directory: string, config: ConfigInput = {}): Promise<Engine> {
  const { createEngine } = await built<typeof import("../src/index.ts")>("index.ts");
  return createEngine({
    config: { ...config, dataDir: path.join(directory, "data"), log: { level: "warn" } },
    directory: packageRoot,
  });
}
