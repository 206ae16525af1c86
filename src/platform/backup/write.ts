import { createHash } from "node:crypto";
import { createGzip } from "node:zlib";
import { checkpointUpTo, type DataFile, dataFiles } from "./data-files.ts";
import { type JournalCopy, openJournalCopy } from "./journal-files.ts";
import {
  BACKUP_FORMAT,
  type BackupFile,
  type BackupHead,
  HEAD_NAME,
  MANIFEST_NAME,
  type Manifest,
} from "./manifest.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar.ts";
import { through } from "./through.ts";

export interface BackupWish {
  /** The data directory, absolute. */
  readonly directory: string;
  /** The last durable sequence when asked; without an engine every whole line is durable. */
  readonly durable: () => number;
  /** Whether the journal is sealed with a key. */
  readonly keyed: boolean;
  readonly secrets: boolean;
  readonly version: string;
  readonly nowMs: number;
}

const encoder = new TextEncoder();

/**
 * A data directory as one `tar.gz`: first `backup.json`, then the journal up to an event, then what belongs to it, in a
 * fixed order, last `manifest.json` with the size and hash of each. Nobody is kept from writing meanwhile; what is read
 * after the journal's position may be newer than it, never older.
 */
export function writeBackup(wish: BackupWish): AsyncIterable<Uint8Array> {
  return through(tarOf(wish), createGzip());
}

async function* tarOf(wish: BackupWish): AsyncGenerator<Uint8Array, void, void> {
  await using journal = await openJournalCopy(wish.directory, wish.durable);
  const checkpoint = await checkpointUpTo(wish.directory, journal.position.sequence);
  const { version, nowMs: takenAtMs, secrets, keyed } = wish;
  const head: BackupHead = {
    format: BACKUP_FORMAT,
    version,
    takenAtMs,
    secrets,
    journal: { ...journal.position, keyed },
  };
  const files: BackupFile[] = [];
  for await (const { name, sizeBytes, chunks } of contents(head, journal, checkpoint, wish)) {
    const hash = createHash("sha256");
    yield tarHeader({ name, sizeBytes }, takenAtMs);
    for await (const chunk of chunks) {
      hash.update(chunk);
      if (chunk.length > 0) yield chunk;
    }
    yield* padding(sizeBytes);
    files.push({ name, sizeBytes, sha256: hash.digest("hex") });
  }
  const manifest = encoder.encode(`${JSON.stringify({ ...head, files } satisfies Manifest, null, 2)}\n`);
  yield tarHeader({ name: MANIFEST_NAME, sizeBytes: manifest.length }, takenAtMs);
  yield manifest;
  yield* padding(manifest.length);
  yield tarEnd();
}

interface Content {
  readonly name: string;
  readonly sizeBytes: number;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

async function* contents(
  head: BackupHead,
  journal: JournalCopy,
  checkpoint: DataFile | undefined,
  { directory, secrets }: BackupWish,
): AsyncGenerator<Content> {
  const first = encoder.encode(`${JSON.stringify(head, null, 2)}\n`);
  yield { name: HEAD_NAME, sizeBytes: first.length, chunks: [first] };
  for (const segment of journal.segments) yield { ...segment, chunks: segment.bytes() };
  if (checkpoint !== undefined)
    yield { name: checkpoint.name, sizeBytes: checkpoint.bytes.length, chunks: [checkpoint.bytes] };
  for await (const { name, bytes } of dataFiles(directory, { sequence: head.journal.sequence, secrets }))
    yield { name, sizeBytes: bytes.length, chunks: [bytes] };
}

function* padding(sizeBytes: number): Generator<Uint8Array, void, void> {
  const fill = tarPadding(sizeBytes);
  if (fill.length > 0) yield fill;
}
