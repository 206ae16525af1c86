import { randomBytes } from "node:crypto";
import { link, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { type Clock, pause } from "../kernel/clock.ts";
import { AiosError, messageOf } from "../kernel/errors.ts";
import type { FileLock, FileLocks } from "../kernel/file-lock.ts";
import { errnoOf } from "./errno.ts";
import { isAlive, readBootId, readStat } from "./proc-table.ts";

/** Who holds a lock: enough to see that it died, also when its pid lives on in another process. */
interface Holder {
  readonly pid: number;
  /** Start of the process in ticks since boot; empty where the platform does not tell. */
  readonly startTime: string;
  readonly bootId: string;
  readonly token: string;
}

const SHORTEST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 25;
/** Breaking a dead holder's lock takes microseconds; a guard this old was left by a crash in just that moment. */
const GUARD_STALE_MS = 5_000;

/**
 * Locks as files that appear whole (written aside, then hard-linked) and are taken away by their holder or, when that has
 * died, by whoever holds the guard beside them. The guard keeps two waiters from breaking one after the other, the second
 * of them a lock that is alive again.
 */
export function nodeFileLocks(clock: Clock): FileLocks {
  return {
    async acquire(path, { waitMs }) {
      const holder = self();
      const deadline = clock.monotonic() + waitMs;
      for (let delayMs = SHORTEST_WAIT_MS; ; delayMs = Math.min(LONGEST_WAIT_MS, delayMs * 2)) {
        if (await take(path, holder)) return heldLock(path, holder);
        if (await breakDead(path, clock)) continue;
        if (clock.monotonic() >= deadline) throw await taken(path);
        await pause(clock, delayMs);
      }
    },
  };
}

/** Who holds the lock at `path` and lives; `undefined` when nobody does. */
export async function livingHolder(path: string): Promise<{ readonly pid: number } | undefined> {
  const holder = await holderOf(path);
  return holder !== undefined && isLiving(holder) ? { pid: holder.pid } : undefined;
}

function self(): Holder {
  return {
    pid: process.pid,
    startTime: readStat(process.pid)?.startTime ?? "",
    bootId: readBootId() ?? "",
    token: randomBytes(12).toString("hex"),
  };
}

function heldLock(path: string, holder: Holder): FileLock {
  let held = true;
  return {
    async release() {
      if (!held) return;
      held = false;
      if ((await holderOf(path))?.token === holder.token) await unlinkIfThere(path);
    },
  };
}

async function take(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${holder.token}`;
  try {
    await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
    await link(draft, path);
    return true;
  } catch (failure) {
    if (errnoOf(failure) === "EEXIST") return false;
    throw new AiosError("data.unwritable", `cannot lock ${path}: ${messageOf(failure)}`, { cause: failure });
  } finally {
    // What kept it from being written keeps it from being removed, and is told already.
    await unlinkIfThere(draft).catch(() => undefined);
  }
}

/** @returns whether the lock may be free now */
async function breakDead(path: string, clock: Clock): Promise<boolean> {
  const holder = await holderOf(path);
  if (holder === undefined) return true;
  if (isLiving(holder)) return false;
  const guard = `${path}.guard`;
  if (!(await take(guard, self()))) {
    await dropStaleGuard(guard, clock);
    return false;
  }
  try {
    // Read again under the guard: while it is held, a dead holder's file can be taken away by nobody else.
    if ((await holderOf(path))?.token === holder.token) await unlinkIfThere(path);
    return true;
  } finally {
    await unlinkIfThere(guard);
  }
}

async function dropStaleGuard(guard: string, clock: Clock): Promise<void> {
  const facts = await stat(guard).catch(() => undefined);
  const holder = await holderOf(guard);
  if (facts === undefined || (holder !== undefined && isLiving(holder))) return;
  if (clock.now() - facts.mtimeMs > GUARD_STALE_MS) await unlinkIfThere(guard);
}

/** The holder named in the file; `undefined` when there is no file. A file that names nobody counts as left by the dead. */
async function holderOf(path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (failure) {
    const errno = errnoOf(failure);
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw new AiosError("data.unwritable", `cannot see who holds ${path}: ${messageOf(failure)}`, { cause: failure });
  }
  const nobody: Holder = { pid: 0, startTime: "", bootId: "", token: text };
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : nobody;
  } catch {
    return nobody;
  }
}

function isHolder(value: unknown): value is Holder {
  if (value === null || typeof value !== "object") return false;
  const texts = ["startTime", "bootId", "token"] as const;
  return "pid" in value && typeof value.pid === "number" && texts.every((name) => name in value);
}

function isLiving(holder: Holder): boolean {
  if (holder.pid <= 0) return false;
  const bootId = readBootId();
  if (bootId !== undefined) {
    if (holder.bootId !== bootId) return false;
    const found = readStat(holder.pid);
    return found !== undefined && isAlive(found) && found.startTime === holder.startTime;
  }
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (failure) {
    return errnoOf(failure) === "EPERM";
  }
}

async function taken(path: string): Promise<AiosError> {
  const holder = await holderOf(path);
  const who = holder === undefined ? "another process" : `process ${String(holder.pid)}`;
  return new AiosError("data.locked", `${path} is held by ${who}`);
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (failure) {
    if (errnoOf(failure) !== "ENOENT") throw failure;
  }
}
