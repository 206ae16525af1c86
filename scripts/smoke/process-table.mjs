import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Living processes that work inside a folder or name it in their arguments or environment; `undefined` where the system
 * does not tell.
 *
 * @param {string} folder
 */
export function processesAbout(folder) {
  const pids = read(() => readdirSync("/proc"))?.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids?.filter((pid) => isAlive(pid) && placesOf(pid).some((text) => text.includes(folder))).map(Number);
}

function isAlive(pid) {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, "utf8")) ?? "";
  const state = stat[stat.lastIndexOf(")") + 2];
  return state !== undefined && state !== "Z" && state !== "X";
}

function placesOf(pid) {
  return [
    read(() => readlinkSync(`/proc/${pid}/cwd`)) ?? "",
    read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "",
    read(() => readFileSync(`/proc/${pid}/environ`, "utf8")) ?? "",
  ];
}

/** A process may end between two looks, and another user's is not ours to read. */
function read(get) {
  try {
    return get();
  } catch {
    return undefined;
  }
}
