import { randomBytes } from "node:crypto";
import { chmod, type FileHandle, mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import path from "node:path";
import { AiosError, messageOf } from "../kernel/errors.ts";
import type { AppendHandle, FileFacts, Files } from "../kernel/files.ts";
import { errnoOf } from "./errno.ts";
import { realPathOf } from "./real-path.ts";

/** What a person must mend before writing can work; other failures keep the form Node gave them. */
const UNWRITABLE = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"]);
const UNREADABLE = new Set(["EACCES", "EPERM", "EISDIR", "EIO"]);
const ABSENT = new Set(["ENOENT", "ENOTDIR"]);

/**
 * The disk through Node. A replaced file keeps its mode and owner unless `mode` says otherwise; where the path is a
 * link, the link is replaced and not what it points to. `list` answers sorted, and with nothing for a directory that
 * is not there. What is forbidden, full or read-only rejects with `data.unwritable`; so does streaming what may not be read.
 */
export const nodeFiles: Files = {
  read: async (file) => orAbsent(readFile(file)),
  readText: async (file) => orAbsent(readFile(file, "utf8")),
  stream: streamOf,
  write: (file, content, options) => writing(file, () => replace(file, content, options?.mode)),
  append: (file) => writing(file, () => openForAppend(file)),
  remove: (file) =>
    writing(file, async () => {
      await orAbsent(unlink(file));
    }),
  list: async (directory) => ((await orAbsent(readdir(directory))) ?? []).sort(),
  makeDirectory: (directory) => writing(directory, () => makeWithParents(directory)),
  exists: async (file) => (await orAbsent(stat(file))) !== undefined,
  realPath: realPathOf,
  stat: factsOf,
  rename: (from, to) =>
    writing(to, async () => {
      await rename(from, to);
      await syncDirectory(path.dirname(to));
    }),
  setMode: (file, mode) => writing(file, () => chmod(file, mode)),
  syncDirectory: (directory) => writing(directory, () => syncDirectory(directory)),
};

async function orAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (failure) {
    if (ABSENT.has(errnoOf(failure) ?? "")) return undefined;
    throw failure;
  }
}

async function writing<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (failure) {
    if (!UNWRITABLE.has(errnoOf(failure) ?? "")) throw failure;
    throw new AiosError("data.unwritable", `cannot write ${file}: ${messageOf(failure)}`, { cause: failure });
  }
}

async function* streamOf(file: string, options?: { readonly start?: number }): AsyncIterable<Uint8Array> {
  try {
    const handle = await orAbsent(open(file, "r"));
    if (handle === undefined) return;
    yield* handle.createReadStream({ start: options?.start ?? 0, highWaterMark: 256 * 1024 });
  } catch (failure) {
    if (!UNREADABLE.has(errnoOf(failure) ?? "")) throw failure;
    throw new AiosError("data.unwritable", `cannot read ${file}: ${messageOf(failure)}`, { cause: failure });
  }
}

/** Node's own `recursive` never returns where the kernel answers ENOENT below a directory that exists (/proc). */
async function makeWithParents(directory: string): Promise<void> {
  const made = await tryMake(directory);
  if (made === "done") return;
  const parent = path.dirname(directory);
  if (made === "no parent" && parent !== directory) {
    await makeWithParents(parent);
    if ((await tryMake(directory)) === "done") return;
  }
  throw new AiosError("data.unwritable", `cannot make the directory ${directory}: ${await inTheWayOf(directory)}`);
}

async function inTheWayOf(directory: string): Promise<string> {
  let at = directory;
  while ((await factsOf(at)) === undefined && path.dirname(at) !== at) at = path.dirname(at);
  return (await factsOf(at))?.kind === "directory" ? "its place takes none" : `${at} is a file`;
}

async function tryMake(directory: string): Promise<"done" | "no parent" | "refused"> {
  try {
    await mkdir(directory);
    return "done";
  } catch (failure) {
    const errno = errnoOf(failure);
    if (errno === "EEXIST") return (await stat(directory)).isDirectory() ? "done" : "refused";
    if (errno === "ENOENT") return "no parent";
    if (errno === "ENOTDIR") return "refused";
    throw failure;
  }
}

async function factsOf(file: string): Promise<FileFacts | undefined> {
  const found = await orAbsent(stat(file));
  if (found === undefined) return undefined;
  return {
    sizeBytes: found.size,
    modifiedAtMs: found.mtimeMs,
    mode: found.mode & 0o7777,
    kind: found.isFile() ? "file" : found.isDirectory() ? "directory" : "other",
  };
}

async function replace(file: string, content: string | Uint8Array, mode: number | undefined): Promise<void> {
  const previous = await orAbsent(stat(file));
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString("hex")}.tmp`);
  const finalMode = mode ?? (previous === undefined ? undefined : previous.mode & 0o7777);
  // Created with no more rights than the file will have: a secret is never readable by others, not even as a draft.
  const handle = await open(draft, "wx", finalMode ?? 0o666);
  try {
    try {
      await handle.writeFile(content);
      if (previous !== undefined) await keepOwner(handle, previous);
      if (finalMode !== undefined) await handle.chmod(finalMode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (failure) {
    await orAbsent(unlink(draft));
    throw failure;
  }
  await syncDirectory(path.dirname(file));
}

async function keepOwner(handle: FileHandle, previous: { readonly uid: number; readonly gid: number }): Promise<void> {
  const draft = await handle.stat();
  if (draft.uid === previous.uid && draft.gid === previous.gid) return;
  try {
    await handle.chown(previous.uid, previous.gid);
  } catch (failure) {
    // Only root may give files away; for everybody else the new file is simply theirs.
    if (errnoOf(failure) !== "EPERM") throw failure;
  }
}

/** Makes a created or renamed entry survive a power cut. Windows cannot open directories, and needs not. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openForAppend(file: string): Promise<AppendHandle> {
  // What grows is the engine's memory of others' work: nobody else on this machine reads it.
  const handle = await open(file, "a", 0o600);
  // Also of a file that is there: whoever created it may have been killed before its name was safe.
  await syncDirectory(path.dirname(file)).catch(async (failure: unknown) => {
    await handle.close();
    throw failure;
  });
  return {
    write: (bytes) =>
      writing(file, async () => {
        for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
      }),
    sync: () => writing(file, () => handle.datasync()),
    truncate: (sizeBytes) => writing(file, () => handle.truncate(sizeBytes)),
    close: () => handle.close(),
  };
}
