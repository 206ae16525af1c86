import type { Clock } from "../kernel/clock.ts";
import { pause } from "../kernel/clock.ts";
import type { EndReport, ProcessIdentity } from "../kernel/processes.ts";
import { errnoOf } from "./errno.ts";
import { isAlive, type ProcStat, readStat } from "./proc-table.ts";

/** How long KILL may take: only what hangs inside the kernel, or belongs to another user, outlives it. */
const KILL_LIMIT_MS = 5_000;
const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 50;

export interface EndWork {
  readonly identity: ProcessIdentity;
  readonly graceMs: number;
  readonly clock: Clock;
  /** The living members of the tree, read afresh at every call. */
  readonly members: () => readonly ProcStat[];
}

/**
 * Ends a tree: TERM to whatever is alive and to whatever appears meanwhile, once each; after `graceMs` KILL,
 * again and again until nothing is left.
 */
export async function endTree(work: EndWork): Promise<EndReport> {
  const seen = new Set<number>();
  const look = (): readonly ProcStat[] => {
    const alive = work.members();
    for (const stat of alive) seen.add(stat.pid);
    return alive;
  };

  const asked = new Map<number, string>();
  const gentle = await untilEmpty(work.clock, work.graceMs, look, (alive) => {
    const fresh = alive.filter((stat) => asked.get(stat.pid) !== stat.startTime);
    for (const stat of fresh) asked.set(stat.pid, stat.startTime);
    // A stopped process handles TERM only once it continues.
    signalAll(work.identity, fresh, ["SIGTERM", "SIGCONT"]);
  });
  const forced = gentle.length > 0;
  const remaining = forced
    ? await untilEmpty(work.clock, KILL_LIMIT_MS, look, (alive) => signalAll(work.identity, alive, ["SIGKILL"]))
    : gentle;

  const left = new Set(remaining.map((stat) => stat.pid));
  return {
    ended: [...seen].filter((pid) => !left.has(pid)),
    remaining: [...left],
    signal: forced ? "SIGKILL" : seen.size > 0 ? "SIGTERM" : "none",
  };
}

/** Looks and acts until nobody is left or `limitMs` have passed; answers with who is left. */
async function untilEmpty(
  clock: Clock,
  limitMs: number,
  look: () => readonly ProcStat[],
  act: (alive: readonly ProcStat[]) => void,
): Promise<readonly ProcStat[]> {
  const start = clock.monotonic();
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_LOOK_MS)) {
    const alive = look();
    if (alive.length === 0) return alive;
    const leftMs = limitMs - (clock.monotonic() - start);
    if (leftMs <= 0) return alive;
    act(alive);
    await pause(clock, Math.min(waitMs, leftMs));
  }
}

function signalAll(identity: ProcessIdentity, members: readonly ProcStat[], signals: readonly NodeJS.Signals[]): void {
  const inGroup = members.filter((stat) => stat.group === identity.pid);
  const others = members.filter((stat) => stat.group !== identity.pid);
  // The whole group at once leaves its members no moment to fork in between.
  if (inGroup.some(isUnchanged)) for (const signal of signals) send(-identity.pid, signal);
  for (const stat of others) {
    if (isUnchanged(stat)) for (const signal of signals) send(stat.pid, signal);
  }
}

/** Read again just before the signal: still the same process in the same group. Its token was read a moment ago. */
function isUnchanged(stat: ProcStat): boolean {
  const now = readStat(stat.pid);
  return now !== undefined && isAlive(now) && now.startTime === stat.startTime && now.group === stat.group;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (failure) {
    // Gone meanwhile is what was wanted; not permitted shows in what remains.
    const errno = errnoOf(failure);
    if (errno !== "ESRCH" && errno !== "EPERM") throw failure;
  }
}
