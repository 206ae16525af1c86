import type { Files } from "../kernel/files.ts";

/** What of a memory's files was set aside because it could not be read: whole lines, and ends of lines. */
const SET_ASIDE = /^(?:torn|unreadable)-.*\.txt$|\.torn$/;

/**
 * Removes what was set aside and speaks of items that are to be forgotten. A line names its item before it says anything
 * else of it, so that an end that was torn off names it too, or holds nothing of it.
 *
 * @param ids of the items, as `SPACE/KEY`
 */
export async function forgetSetAside(files: Files, directory: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const names = ids.map((id) => JSON.stringify(id.slice(id.indexOf("/") + 1)));
  for (const name of await files.list(directory)) {
    if (!SET_ASIDE.test(name)) continue;
    const path = `${directory}/${name}`;
    const text = await files.readText(path);
    if (text !== undefined && names.some((key) => text.includes(key))) await files.remove(path);
  }
}
