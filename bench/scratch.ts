import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

export interface Scratch extends AsyncDisposable {
  readonly directory: string;
}

/** A directory of its own, gone with everything in it when the bench is done. */
export async function openScratch(): Promise<Scratch> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "aios-bench-"));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
