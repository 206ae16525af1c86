import { mkdtemp, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A directory of its own for the running test, with links resolved; it is removed when the test ends. */
export async function tempDir(below = tmpdir()): Promise<string> {
  const directory = await realpath(await mkdtemp(path.join(below, "aios-test-")));
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** One that other users can get to: what is temporary may lie in a directory that is its owner's alone. */
export async function tempDirForAll(): Promise<string> {
  for (const below of [tmpdir(), "/tmp", "/var/tmp"]) if (await isOpen(below)) return tempDir(below);
  throw new Error("no directory for temporary files lets other users through");
}

/** Whether everybody may pass through it and all above it. */
async function isOpen(directory: string): Promise<boolean> {
  const { mode } = await stat(directory);
  if ((mode & 0o001) === 0) return false;
  return directory === path.dirname(directory) || isOpen(path.dirname(directory));
}
