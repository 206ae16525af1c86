// What the contract suite tries set-json-value.mjs on: docs/guides/own-action.md says how to run it.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

/** A world of its own is handed in for each promise: a directory, an HTTP server, an engine kept in memory. */
export async function open({ directory }) {
  const file = path.join(directory, "settings.json");
  await writeFile(file, '{"limits": {"batch": 500}, "name": "crunch"}', { mode: 0o640 });
  const value = async (...names) =>
    names.reduce((owner, name) => owner[name], JSON.parse(await readFile(file, "utf8")));
  return {
    /** What a playbook would say. */
    params: { path: file, member: "limits.batch", value: 100 },
    /** What that takes. */
    grants: [`fs.write:${directory}/**`],
    /** All that the action may change, as text. */
    observe: async () => `${(await readdir(directory)).join()} ${await readFile(file, "base64")}`,
    /** Whether what it promises came about. */
    happened: async () => (await value("limits", "batch")) === 100,
    /** Where text of an event may arrive; left out where there is no such place. */
    withText: (text) => ({
      params: { path: file, member: "name", value: text },
      arrived: () => value("name"),
    }),
  };
}
