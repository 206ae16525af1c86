import type { Clock } from "../kernel/clock.ts";
import { pause } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import type { ChildProcess, EndReport, Processes, ProcessIdentity } from "../kernel/processes.ts";
import { errnoOf } from "./errno.ts";
import type { ProcessesDeps } from "./linux-processes.ts";
import { startProcess } from "./process-start.ts";

const TOKEN_BYTES = 16;
const KILL_LIMIT_MS = 5_000;

/**
 * Processes where there is no /proc: programs run, but a tree cannot be seen, and a process that this very engine did
 * not start cannot be told from another that got its number. Ending is therefore limited to children that have not
 * exited, whose pid the system still holds, and to their process group.
 */
export function createPortableProcesses({ clock, entropy }: ProcessesDeps): Processes {
  const children = new Map<string, ChildProcess>();
  const childOf = (identity: ProcessIdentity): ChildProcess | undefined => {
    const child = children.get(identity.ownerToken);
    return child?.identity.pid === identity.pid ? child : undefined;
  };

  return {
    support: { trees: false, reason: "process trees can be seen and ended safely on Linux only" },
    start: async (command) => {
      const child = await startProcess(command, entropy.secret(TOKEN_BYTES), (pid, ownerToken) => ({
        pid,
        startTime: "",
        bootId: "",
        ownerToken,
      }));
      children.set(child.identity.ownerToken, child);
      void child.exited.then(() => children.delete(child.identity.ownerToken));
      return child;
    },
    find: async (identity) => (childOf(identity) === undefined ? undefined : { pid: identity.pid, state: "running" }),
    tree: async (identity) => (childOf(identity) === undefined ? [] : [identity.pid]),
    usage: async () => undefined,
    strays: async () => [],
    end: async (identity, { graceMs }) => {
      const child = childOf(identity);
      if (child === undefined) {
        throw new AiosError(
          "platform.unsupported",
          `process ${identity.pid} was not started by this engine or has exited; what may be left of its tree cannot be ended safely here`,
        );
      }
      return endChild(child, graceMs, clock);
    },
  };
}

async function endChild(child: ChildProcess, graceMs: number, clock: Clock): Promise<EndReport> {
  const { pid } = child.identity;
  signalGroup(pid, "SIGTERM");
  if (await exitsWithin(child, graceMs, clock)) return { ended: [pid], remaining: [], signal: "SIGTERM" };
  signalGroup(pid, "SIGKILL");
  const gone = await exitsWithin(child, KILL_LIMIT_MS, clock);
  return { ended: gone ? [pid] : [], remaining: gone ? [] : [pid], signal: "SIGKILL" };
}

async function exitsWithin(child: ChildProcess, limitMs: number, clock: Clock): Promise<boolean> {
  const stop = new AbortController();
  const exit = child.exited.then(() => true);
  const limit = pause(clock, limitMs, stop.signal).then(() => false);
  try {
    return await Promise.race([exit, limit]);
  } finally {
    stop.abort();
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    // Windows knows no groups; there the signal ends the one process.
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch (failure) {
    if (errnoOf(failure) !== "ESRCH") throw failure;
  }
}
