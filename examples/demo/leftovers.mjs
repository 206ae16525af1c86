import { readdir, readlink } from "node:fs/promises";
import { sep } from "node:path";

/**
 * Processes that work inside `folder`, whoever started them: the outside proof that nothing was left behind. Only Linux
 * tells; elsewhere `undefined`.
 *
 * @returns {Promise<number[] | undefined>}
 */
export async function processesIn(folder) {
  const names = await readdir("/proc").catch(() => undefined);
  if (names === undefined) return undefined;
  const inside = [];
  for (const pid of names.filter((name) => /^\d+$/.test(name)).map(Number)) {
    if (pid === process.pid) continue;
    const at = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    if (`${at}${sep}`.startsWith(`${folder}${sep}`)) inside.push(pid);
  }
  return inside;
}

/** Ends what `processesIn` found, and says what that was; empty when everything had ended by itself. */
export async function endLeftovers(folder) {
  const left = (await processesIn(folder)) ?? [];
  for (const pid of left) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile, which is what was wanted.
    }
  }
  return left;
}
