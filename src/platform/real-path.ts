import { lstat, readlink } from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "./errno.ts";

/** As many links as Linux follows before it says ELOOP. */
const MAX_LINKS = 40;

/**
 * `file` with every link resolved, also when its last components do not exist yet.
 *
 * The path is walked as the kernel would walk it, `..` after the link before it. A link that dangles is followed
 * too: writing through it would create the file it names, so that file is the answer. Rejects with ELOOP.
 */
export async function realPathOf(file: string): Promise<string> {
  const { root } = path.parse(path.resolve(file));
  const todo = (
    path.isAbsolute(file) ? file.slice(path.parse(file).root.length) : path.resolve(file).slice(root.length)
  )
    .split(path.sep)
    .reverse();
  let current = root;
  let links = 0;
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      current = path.dirname(current);
      continue;
    }
    const next = path.join(current, part);
    const target = await linkTarget(next);
    if (target === undefined) {
      current = next;
      continue;
    }
    if (++links > MAX_LINKS) throw Object.assign(new Error(`ELOOP: too many links in ${file}`), { code: "ELOOP" });
    const targetRoot = path.parse(target).root;
    if (targetRoot !== "") current = targetRoot;
    todo.push(...target.slice(targetRoot.length).split(path.sep).reverse());
  }
  return current;
}

/** Where a link points; `undefined` for anything else, existing or not. */
async function linkTarget(file: string): Promise<string | undefined> {
  try {
    return (await lstat(file)).isSymbolicLink() ? await readlink(file) : undefined;
  } catch (failure) {
    const errno = errnoOf(failure);
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw failure;
  }
}
