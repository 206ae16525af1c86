import { lstat, readdir } from "node:fs/promises";
import path from "node:path";

/** Bytes of all files below a folder; links count as themselves. */
export async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await lstat(path.join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
