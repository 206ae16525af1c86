import type { Clock } from "../../kernel/clock.ts";
import type { Files } from "../../kernel/files.ts";
import type { Vitals } from "../../kernel/vitals.ts";
import type { Sight, Watch } from "./watch.ts";

export interface WatchedLock {
  readonly path: string;
  readonly maxAgeMs?: number | undefined;
}

/** A process cannot have written a file before it was started, give or take what boot time and file system round. */
const SLACK_MS = 2_000;

/** Lock files. One that names a process is stale when that is gone, or when its pid was given to a younger one. */
export function staleLocks(
  watched: readonly WatchedLock[],
  { files, clock, owner: ownerOf }: { readonly files: Files; readonly clock: Clock; readonly owner: Vitals["process"] },
): Watch {
  const name = "lock_stale";
  return {
    name,
    async look() {
      const sights = await Promise.all(watched.map(look));
      return sights.filter((sight) => sight !== undefined);
    },
  };

  async function look({ path, maxAgeMs }: WatchedLock): Promise<Sight | undefined> {
    const key = `${name} ${path}`;
    const facts = await files.stat(path);
    if (facts === undefined) return { key, stands: "well", says: `${path} is free` };
    const ageMs = Math.max(0, Math.round(clock.now() - facts.modifiedAtMs));
    const pid = pidIn((await files.readText(path)) ?? "");
    const owner = pid === undefined ? undefined : ownerOf(pid);
    const isGone = owner === "absent" || (owner !== undefined && owner.startedAtMs > facts.modifiedAtMs + SLACK_MS);
    const isOld = maxAgeMs !== undefined && ageMs >= maxAgeMs;
    if (!isGone && !isOld) {
      // Without a process or an age to judge by nothing can be told of a lock that is held.
      if (owner === undefined && maxAgeMs === undefined) return undefined;
      return { key, stands: "well", says: `${path} is held${pid === undefined ? "" : ` by process ${pid}`}` };
    }
    const why = isGone ? ("owner_gone" as const) : ("too_old" as const);
    const data = { path, ageMs, why, ...(pid === undefined ? {} : { pid }) };
    const says = isGone ? `${path} is held by process ${pid}, which is gone` : `${path} is ${ageMs} ms old`;
    return { key, stands: "bad", says, finding: { type: "watch.lock_stale", data }, subject: `file${path}` };
  }
}

/** The first number of a lock file: what nearly every program writes there. */
function pidIn(text: string): number | undefined {
  const [, digits] = /^\D{0,40}?(\d{1,10})\b/.exec(text.slice(0, 200)) ?? [];
  const pid = Number(digits);
  return pid > 1 ? pid : undefined;
}
