import path from "node:path";
import { nodeFiles } from "../platform/files.ts";

/** Where a started engine says how it is reached, since its port may be any free one. */
const NAME = "engine.json";

export interface RunningFile {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
}

export async function writeRunningFile(dataDir: string, running: RunningFile): Promise<void> {
  await nodeFiles.write(path.join(dataDir, NAME), `${JSON.stringify(running)}\n`);
}

export async function removeRunningFile(dataDir: string): Promise<void> {
  await nodeFiles.remove(path.join(dataDir, NAME));
}

/** What the engine of this data directory wrote; `undefined` when there is none, or it is not to be understood. */
export async function readRunningFile(dataDir: string): Promise<RunningFile | undefined> {
  const text = await nodeFiles.readText(path.join(dataDir, NAME)).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return runningFileOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function runningFileOf(content: unknown): RunningFile | undefined {
  if (content === null || typeof content !== "object") return undefined;
  if (!("url" in content && "pid" in content && "version" in content)) return undefined;
  const { url, pid, version } = content;
  if (typeof url !== "string" || !URL.canParse(url) || typeof version !== "string") return undefined;
  return Number.isSafeInteger(pid) && typeof pid === "number" ? { url, pid, version } : undefined;
}
