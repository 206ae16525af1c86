import { createHash } from "node:crypto";
import { createGunzip } from "node:zlib";
import { AiosError, asAiosError, messageOf } from "../../kernel/errors.ts";
import {
  type BackupFile,
  type BackupHead,
  HEAD_NAME,
  MANIFEST_NAME,
  type Manifest,
  parseFiles,
  parseHead,
} from "./manifest.ts";
import { readTar, type TarEntry } from "./tar.ts";
import { through } from "./through.ts";

/** Takes a file out of a backup; resolves once all its bytes were taken. */
export type TakeOut = (name: string, bytes: AsyncIterable<Uint8Array>) => Promise<void>;

/** More than any manifest has. */
const MANIFEST_BYTES = 256 * 1024 * 1024;

/**
 * Reads a backup from its first byte to its last and compares every file with its size and hash.
 *
 * @throws {AiosError} `backup.invalid` for what is cut short, altered, no backup, or would lie outside the directory;
 * `backup.format` for a newer layout
 */
export async function readBackup(chunks: AsyncIterable<Uint8Array>, takeOut?: TakeOut): Promise<Manifest> {
  try {
    return await read(chunks, takeOut);
  } catch (failure) {
    throw failure instanceof AiosError ? failure : unreadable(failure);
  }
}

/** What the decompressor says of a file that ends early or is none of its own. */
function unreadable(failure: unknown): AiosError {
  const code = failure instanceof Error && "code" in failure ? String(failure.code) : "";
  if (!code.startsWith("Z_")) return asAiosError(failure);
  const what =
    code === "Z_BUF_ERROR" ? "it ends too early: it was cut short" : `it cannot be unpacked (${messageOf(failure)})`;
  return new AiosError("backup.invalid", what, { cause: failure });
}

async function read(chunks: AsyncIterable<Uint8Array>, takeOut: TakeOut | undefined): Promise<Manifest> {
  let head: BackupHead | undefined;
  const found = new Map<string, BackupFile>();
  let named: readonly BackupFile[] | undefined;
  for await (const entry of readTar(through(chunks, createGunzip()))) {
    if (named !== undefined) throw new AiosError("backup.invalid", `"${entry.name}" follows after its end`);
    if (head === undefined) {
      if (entry.name !== HEAD_NAME) throw new AiosError("backup.invalid", `it does not begin with ${HEAD_NAME}`);
      const text = await textOf(entry, found);
      head = parseHead(text);
    } else if (entry.name === MANIFEST_NAME) named = parseFiles(await textOf(entry, new Map()));
    else await take(entry, found, takeOut);
  }
  if (head === undefined) throw new AiosError("backup.invalid", "it is empty");
  if (named === undefined)
    throw new AiosError("backup.invalid", `it has no ${MANIFEST_NAME} at its end: it was cut short`);
  compare([...found.values()], named);
  return { ...head, files: named };
}

async function take(entry: TarEntry, found: Map<string, BackupFile>, takeOut: TakeOut | undefined): Promise<void> {
  const { name, sizeBytes } = entry;
  if (!isInside(name)) throw new AiosError("backup.invalid", `"${name}" in it would lie outside the data directory`);
  if (found.has(name)) throw new AiosError("backup.invalid", `"${name}" is in it twice`);
  const hash = createHash("sha256");
  const bytes = hashed(entry.bytes, hash);
  if (takeOut === undefined) for await (const _ of bytes);
  else await takeOut(name, bytes);
  found.set(name, { name, sizeBytes, sha256: hash.digest("hex") });
}

async function* hashed(bytes: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

async function textOf(entry: TarEntry, found: Map<string, BackupFile>): Promise<string> {
  const { name, sizeBytes } = entry;
  if (sizeBytes > MANIFEST_BYTES) throw new AiosError("backup.invalid", `its ${name} is too large to be one`);
  const parts: Uint8Array[] = [];
  for await (const chunk of entry.bytes) parts.push(chunk);
  const bytes = Buffer.concat(parts);
  found.set(name, { name, sizeBytes, sha256: createHash("sha256").update(bytes).digest("hex") });
  return bytes.toString("utf8");
}

/** A relative name whose folders lead down only. */
function isInside(name: string): boolean {
  if (name === "" || name.includes("\\") || name.includes("\0") || /^[A-Za-z]:/.test(name)) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function compare(found: readonly BackupFile[], named: readonly BackupFile[]): void {
  const wanted = new Map(named.map((file) => [file.name, file]));
  for (const { name, sizeBytes, sha256 } of found) {
    const file = wanted.get(name);
    if (file === undefined) throw new AiosError("backup.invalid", `"${name}" is not in its ${MANIFEST_NAME}`);
    if (file.sizeBytes !== sizeBytes || file.sha256 !== sha256)
      throw new AiosError("backup.invalid", `"${name}" is not what its ${MANIFEST_NAME} says: it was altered`);
    wanted.delete(name);
  }
  const [missing] = wanted.keys();
  if (missing !== undefined) throw new AiosError("backup.invalid", `"${missing}" is missing from it`);
}
