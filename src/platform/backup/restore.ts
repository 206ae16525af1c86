import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { AiosError } from "../../kernel/errors.ts";
import type { FileLocks } from "../../kernel/file-lock.ts";
import { isoTime } from "../../kernel/iso-time.ts";
import { insistOnKnownLayout } from "../data-format.ts";
import { errnoOf } from "../errno.ts";
import { nodeFiles } from "../files.ts";
import type { Sealer } from "../journal/seal.ts";
import { HEAD_NAME, MANIFEST_NAME, type Manifest } from "./manifest.ts";
import { readBackup } from "./read.ts";
import { verifyJournalFiles } from "./verify-journal.ts";

export interface RestoreWish {
  /** The backup, absolute. */
  readonly file: string;
  /** The data directory to make, absolute. */
  readonly to: string;
  /** Whether a directory that holds something may be moved aside. */
  readonly force: boolean;
  /** @param keyed whether the backup's journal was sealed with a key */
  readonly sealerFor: (keyed: boolean) => Sealer;
  readonly locks: FileLocks;
  readonly nowMs: number;
  /** Told how many bytes of the backup were read so far. */
  readonly progress?: (bytes: number) => void;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where the directory that was there before is now. */
  readonly setAside: string | undefined;
}

/**
 * Unpacks a backup beside the directory, verifies all of it, and only then gives it its name: whatever goes wrong, the
 * directory stays as it is. One that holds something is refused, or with `force` moved aside, never removed.
 *
 * @throws {AiosError} `backup.invalid`, `backup.format`, `conflict` for a directory that is not empty, `data.locked` for one
 * on which an engine runs, `not_found` where there is no such file
 */
export async function restoreBackup(wish: RestoreWish): Promise<Restored> {
  const { file, to, force, locks } = wish;
  if (await isTaken(to)) await refuseUnlessFree(to, force, locks);
  const parent = path.dirname(to);
  await mkdir(parent, { recursive: true });
  const draft = path.join(parent, `.${path.basename(to)}.restoring-${randomBytes(6).toString("hex")}`);
  await mkdir(draft, { mode: 0o700 });
  try {
    const manifest = await readBackup(chunksOf(file, wish.progress), (name, bytes) => writeInto(draft, name, bytes));
    const names = manifest.files.map(({ name }) => name).filter((name) => name !== HEAD_NAME && name !== MANIFEST_NAME);
    await insistOnKnownLayout(nodeFiles, draft, file);
    await verifyJournalFiles(draft, names, manifest, wish.sealerFor(manifest.journal.keyed));
    await syncFolders(draft, names);
    const setAside = await adopt(draft, to, wish);
    return { manifest, setAside };
  } catch (failure) {
    await rm(draft, { recursive: true, force: true });
    throw failure;
  }
}

async function isTaken(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length > 0;
  } catch (failure) {
    if (errnoOf(failure) === "ENOENT") return false;
    if (errnoOf(failure) === "ENOTDIR") throw new AiosError("conflict", `${directory} is a file, no directory`);
    throw failure;
  }
}

/** An engine's own directory is refused however it is asked for. */
async function refuseUnlessFree(directory: string, force: boolean, locks: FileLocks): Promise<void> {
  const lock = await locks.acquire(path.join(directory, "engine.lock"), { waitMs: 0 });
  await lock.release();
  if (force) return;
  throw new AiosError(
    "conflict",
    `${directory} is not empty: choose another with --to, or let --force move it aside (nothing is removed)`,
  );
}

async function adopt(draft: string, to: string, { force, locks, nowMs }: RestoreWish): Promise<string | undefined> {
  let setAside: string | undefined;
  if (await isTaken(to)) {
    await refuseUnlessFree(to, force, locks);
    setAside = `${to}.before-restore-${isoTime(nowMs).replace(/[^0-9TZ]/g, "")}`;
    await rename(to, setAside);
  } else await rmdir(to).catch(ignoreAbsent);
  await rename(draft, to);
  await syncFolder(path.dirname(to));
  return setAside;
}

function ignoreAbsent(failure: unknown): void {
  if (errnoOf(failure) !== "ENOENT") throw failure;
}

async function* chunksOf(file: string, progress: RestoreWish["progress"]): AsyncGenerator<Uint8Array, void, void> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch (failure) {
    if (errnoOf(failure) === "ENOENT") throw new AiosError("not_found", `There is no file ${file}`, { cause: failure });
    throw failure;
  }
  let bytes = 0;
  for await (const chunk of handle.createReadStream({ highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    progress?.(bytes);
    yield chunk;
  }
}

async function writeInto(directory: string, name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = path.join(directory, ...name.split("/"));
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "wx", 0o600);
  try {
    for await (const chunk of bytes) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolders(directory: string, names: readonly string[]): Promise<void> {
  const folders = new Set(names.map((name) => path.dirname(path.join(directory, name))));
  for (const folder of [...folders, directory]) await syncFolder(folder);
}

/** Makes new names survive a power cut. Windows cannot open directories, and needs not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
