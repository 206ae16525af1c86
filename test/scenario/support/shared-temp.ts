import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const OTHERS_MAY_PASS = 0o001;

/** A folder for temporary files that every user can reach, also where ours lies in one that is ours alone. */
export async function sharedTemp(): Promise<string> {
  for (const folder of [tmpdir(), "/tmp", "/var/tmp"]) if (await isShared(folder)) return folder;
  throw new Error("no temporary folder can be reached by other users: set TMPDIR to one that can");
}

async function isShared(folder: string): Promise<boolean> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found === undefined || (found.mode & OTHERS_MAY_PASS) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}
