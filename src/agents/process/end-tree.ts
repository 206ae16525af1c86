import { AiosError } from "../../kernel/errors.ts";
import type { EndReport, Processes, ProcessIdentity } from "../../kernel/processes.ts";

const STRENGTH = ["none", "SIGTERM", "SIGKILL"] as const;

export const NOTHING_ENDED: EndReport = { ended: [], remaining: [], signal: "none" };

/**
 * Ends what is left of a tree. That nothing of it can be found is as good as ended; where the platform cannot look
 * behind a process that has exited, its exit is all that is known.
 */
export async function endTree(processes: Processes, identity: ProcessIdentity, graceMs: number): Promise<EndReport> {
  try {
    return await processes.end(identity, { graceMs });
  } catch (failure) {
    const nothingToEnd =
      failure instanceof AiosError && (failure.code === "process.identity" || failure.code === "platform.unsupported");
    if (nothingToEnd) return NOTHING_ENDED;
    throw failure;
  }
}

/** Two reports as one: what either ended has ended. */
export function mergedEnds(a: EndReport, b: EndReport): EndReport {
  const ended = new Set([...a.ended, ...b.ended]);
  const remaining = new Set([...a.remaining, ...b.remaining].filter((pid) => !ended.has(pid)));
  return {
    ended: [...ended],
    remaining: [...remaining],
    signal: STRENGTH.indexOf(a.signal) >= STRENGTH.indexOf(b.signal) ? a.signal : b.signal,
  };
}
