import { readFile } from "node:fs/promises";

/**
 * The events of a journal file, oldest first. A torn last line, as a running writer leaves for a moment, is passed over.
 * @param {string} path
 * @returns {Promise<any[]>}
 */
export async function readJournal(path) {
  const lines = (await readFile(path, "utf8")).split("\n");
  lines.pop();
  return lines.map((line) => {
    const event = JSON.parse(line);
    return { ...event, at: Date.parse(event.time) };
  });
}
