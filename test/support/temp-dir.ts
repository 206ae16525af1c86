import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A directory of its own for the running test, with links resolved; it is removed when the test ends. */
export async function tempDir(): Promise<string> {
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), "aios-test-")));
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}
