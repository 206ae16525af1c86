import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { createGunzip } from "node:zlib";
import { AiosError } from "../../kernel/errors.ts";
import { errnoOf } from "../errno.ts";
import { GENESIS, splitSealed } from "../journal/seal.ts";
import { through } from "./through.ts";

const OPEN = "events.jsonl";
const CLOSED = /^events-(\d+)\.jsonl(\.gz)?$/;
const NEWLINE = 0x0a;
const SEQUENCE = Buffer.from('"sequence":');
const CHUNK = 256 * 1024;
const TRIES = 20;

/** A journal's file, held open: it stays what it is while the engine closes, compresses or gives up segments. */
interface Segment {
  readonly name: string;
  readonly handle: FileHandle;
  /** The bytes that belong to the copy. */
  sizeBytes: number;
}

export interface JournalCopy extends AsyncDisposable {
  readonly segments: readonly {
    readonly name: string;
    readonly sizeBytes: number;
    bytes(): AsyncIterable<Uint8Array>;
  }[];
  /** The last event of the copy; sequence 0 when it has none. */
  readonly position: { readonly sequence: number; readonly seal: string };
}

/** The names of a journal's files in the order of their events; of one that is there twice, the uncompressed. */
export function segmentNames(names: readonly string[]): readonly string[] {
  const closed = new Map<number, string>();
  for (const name of [...names].sort()) {
    const first = CLOSED.exec(name)?.[1];
    if (first !== undefined && !closed.has(Number(first))) closed.set(Number(first), name);
  }
  const ordered = [...closed].sort(([a], [b]) => a - b).map(([, name]) => name);
  return names.includes(OPEN) ? [...ordered, OPEN] : ordered;
}

/**
 * The journal of a directory up to its last durable event, without a lock and without keeping anybody from writing.
 *
 * @param durable the last durable sequence at the time of asking; without an engine, every whole line is durable
 */
export async function openJournalCopy(directory: string, durable: () => number): Promise<JournalCopy> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const until = durable();
    const segments = await openSegments(directory);
    const position = segments === undefined ? undefined : await cutAfter(segments, until);
    if (segments !== undefined && position !== undefined) return copyOf(segments, position);
    await closeAll(segments ?? []);
  }
  throw new AiosError("busy", `the segments of ${directory} changed each time they were looked at`, {
    retryAfterSeconds: 1,
  });
}

function copyOf(segments: readonly Segment[], position: JournalCopy["position"]): JournalCopy {
  return {
    position,
    segments: segments
      .filter(({ sizeBytes }) => sizeBytes > 0)
      .map(({ name, sizeBytes, handle }) => ({ name, sizeBytes, bytes: () => bytesOf(handle, sizeBytes) })),
    [Symbol.asyncDispose]: () => closeAll(segments),
  };
}

async function closeAll(segments: readonly Segment[]): Promise<void> {
  await Promise.all(segments.map(({ handle }) => handle.close()));
}

/** `undefined` when the engine closed or gave up a segment in between: then the files do not belong together. */
async function openSegments(directory: string): Promise<readonly Segment[] | undefined> {
  const names = segmentNames(await readdir(directory));
  const segments: Segment[] = [];
  try {
    for (const name of names) {
      const handle = await open(path.join(directory, name), "r");
      segments.push({ name, handle, sizeBytes: (await handle.stat()).size });
    }
    for (const { name, handle } of segments)
      if ((await stat(path.join(directory, name))).ino !== (await handle.stat()).ino) throw new Moved();
    if (segmentNames(await readdir(directory)).join() !== names.join()) throw new Moved();
    return segments;
  } catch (failure) {
    await closeAll(segments);
    if (failure instanceof Moved || errnoOf(failure) === "ENOENT") return undefined;
    throw failure;
  }
}

class Moved extends Error {}

/** Cuts the last segments behind that event. `undefined` when it lies inside a compressed one: it was just closed. */
async function cutAfter(segments: readonly Segment[], until: number): Promise<JournalCopy["position"] | undefined> {
  for (const segment of [...segments].reverse()) {
    const last = await endOf(segment, until);
    if (last !== undefined && segment.name.endsWith(".gz")) {
      const position = positionOf(last.line);
      return last.more ? undefined : position;
    }
    if (!segment.name.endsWith(".gz")) segment.sizeBytes = last?.end ?? 0;
    if (last !== undefined) return positionOf(last.line);
  }
  return { sequence: 0, seal: GENESIS };
}

interface Last {
  /** Bytes up to and with its line end. */
  readonly end: number;
  readonly line: string;
  /** Whether later events follow it in the same file. */
  readonly more: boolean;
}

async function endOf({ name, handle, sizeBytes }: Segment, until: number): Promise<Last | undefined> {
  const stored = bytesOf(handle, sizeBytes);
  const source = name.endsWith(".gz") ? through(stored, createGunzip()) : stored;
  let last: Omit<Last, "more"> | undefined;
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      const line = bytes.subarray(from, at);
      if (sequenceOf(line) > until) return last === undefined ? undefined : { ...last, more: true };
      from = at + 1;
      // Made a text only where it may be the last one: most lines are only counted.
      last = { end: offset + from, line: "" };
      if (bytes.indexOf(NEWLINE, from) < 0 || sequenceOf(line) === until)
        last = { ...last, line: line.toString("utf8") };
    }
    rest = bytes.subarray(from);
    offset += from;
  }
  return last === undefined ? undefined : { ...last, more: false };
}

/** 0 for a line that tells none. The number stands near the line's beginning, before anything a publisher wrote. */
function sequenceOf(line: Buffer): number {
  const at = line.indexOf(SEQUENCE);
  return at < 0 ? 0 : Number.parseInt(line.toString("latin1", at + SEQUENCE.length, at + SEQUENCE.length + 20), 10);
}

function positionOf(line: string): JournalCopy["position"] {
  return { sequence: sequenceOf(Buffer.from(line)), seal: splitSealed(line)?.seal ?? GENESIS };
}

async function* bytesOf(handle: FileHandle, sizeBytes: number): AsyncGenerator<Buffer, void, void> {
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(CHUNK, sizeBytes - at)), 0, null, at);
    if (bytesRead === 0) throw new AiosError("internal", "a segment became shorter while it was copied");
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
