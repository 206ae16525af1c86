// Fails when a process is left that works in a folder or names it, unless SHELL started it and still waits for it:
// node .ci/left.mjs FOLDER SHELL
import { readFileSync } from "node:fs";
import { processesAbout } from "../scripts/smoke/process-table.mjs";

const [folder = "", shell] = process.argv.slice(2);

/** What ended its parent belongs to the system's first process. */
function isStartedBy(pid, ancestor) {
  for (let at = pid; at > 1; at = parentOf(at)) if (at === ancestor) return true;
  return false;
}

function parentOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

const left = (processesAbout(folder) ?? []).filter((pid) => !isStartedBy(pid, Number(shell)));
for (const pid of left) {
  console.error(`left behind: ${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`);
}
process.exitCode = left.length === 0 ? 0 : 1;
