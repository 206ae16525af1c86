import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { systemClock } from "../clock.ts";
import { nodeFiles } from "../files.ts";
import { writeBackup } from "./write.ts";

/** Backs a stopped directory up, secrets and all, into a file beside it that only its owner reads. */
export async function backUpBeside(
  directory: string,
  format: number,
  { keyed, version }: { readonly keyed: boolean; readonly version: string },
): Promise<string> {
  const nowMs = systemClock.now();
  const file = `${directory}.layout-${format}-${nowMs}.tar.gz`;
  const wish = { directory, durable: () => Number.POSITIVE_INFINITY, keyed, secrets: true, version, nowMs };
  await pipeline(writeBackup(wish), createWriteStream(`${file}.part`, { mode: 0o600, flush: true }));
  await nodeFiles.rename(`${file}.part`, file);
  return file;
}
