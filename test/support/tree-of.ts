import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";

/** Everything below a directory: by name its mode, when it was changed, and its bytes or where it leads. */
export async function treeOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const entries = await Promise.all(
    names.map(async (name) => [name, await oneOf(path.join(directory, name))] as const),
  );
  return Object.fromEntries(entries);
}

async function oneOf(file: string): Promise<string> {
  const facts = await lstat(file);
  const bytes = facts.isFile() ? (await readFile(file)).toString("base64") : "";
  const leads = facts.isSymbolicLink() ? await readlink(file) : "";
  return `${facts.mode.toString(8)} ${facts.mtimeMs} ${bytes}${leads}`;
}
