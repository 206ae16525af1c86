import path from "node:path";
import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
import type { Files } from "../../kernel/files.ts";
import { type Line, type LinesFrom, lineGroupsOf } from "./lines.ts";
import { through } from "./through.ts";

/**
 * A file of the journal. The open one is written to; closed ones carry their first sequence in their name; a lone one is
 * looked at by itself, whatever it is called.
 */
export type Segment =
  | { readonly kind: "open"; readonly path: string }
  | { readonly kind: "lone"; readonly path: string; readonly form: "plain" | "gzip" }
  | { readonly kind: "closed"; readonly path: string; readonly first: number; readonly form: "plain" | "gzip" };

export type ClosedSegment = Extract<Segment, { kind: "closed" }>;

/** Digits in a name, so that a listing by name is in order. */
const DIGITS = 12;

/** `events-000000000501.jsonl` for `events.jsonl`, beside it. */
export function closedPath(open: string, first: number): string {
  return `${open.slice(0, -".jsonl".length)}-${String(first).padStart(DIGITS, "0")}.jsonl`;
}

/**
 * The files of a journal in order, the open one last where it is there. Of a segment that is there in both forms only the
 * plain one counts: compressing it had not come to its end.
 */
export async function listSegments(files: Files, open: string): Promise<readonly Segment[]> {
  const directory = path.dirname(open);
  const stem = path.basename(open).slice(0, -".jsonl".length);
  const names = await files.list(directory);
  const closed = new Map<number, ClosedSegment>();
  for (const name of names) {
    const found = /^-(\d+)\.jsonl(\.gz)?$/.exec(name.startsWith(stem) ? name.slice(stem.length) : "");
    if (found === null) continue;
    const first = Number(found[1]);
    const form = found[2] === undefined ? "plain" : "gzip";
    if (form === "plain" || !closed.has(first))
      closed.set(first, { kind: "closed", path: path.join(directory, name), first, form });
  }
  const inOrder = [...closed.values()].sort((a, b) => a.first - b.first);
  return names.includes(path.basename(open)) ? [...inOrder, { kind: "open", path: open }] : inOrder;
}

/** The lines of a segment; offsets are those of its plain form. `start` is for plain ones alone. */
export async function* segmentLines(
  files: Files,
  segment: Segment,
  from?: LinesFrom,
): AsyncGenerator<Line, void, void> {
  for await (const lines of segmentLineGroups(files, segment, from)) yield* lines;
}

/** As `segmentLines`, many at once. */
export function segmentLineGroups(
  files: Files,
  segment: Segment,
  from: LinesFrom = {},
): AsyncGenerator<readonly Line[], void, void> {
  if (isCompressed(segment)) return lineGroupsOf(inflated(files.stream(segment.path)), { ...from, start: 0 });
  const { start = 0 } = from;
  return lineGroupsOf(files.stream(segment.path, { start }), from);
}

/** All bytes of a segment in its plain form from `start` on. */
export async function segmentBytes(files: Files, segment: Segment, start = 0): Promise<Uint8Array> {
  const stored = (await files.read(segment.path)) ?? new Uint8Array();
  return (isCompressed(segment) ? await inflate(stored) : stored).subarray(start);
}

export function isCompressed(segment: Segment): boolean {
  return segment.kind !== "open" && segment.form === "gzip";
}

/** What zlib says of bytes that it did not write. */
export function isDamage(failure: unknown): boolean {
  const { code } = failure as { readonly code?: unknown };
  return typeof code === "string" && /^Z_/.test(code);
}

/** A file that is gone has no bytes, and that is no damage. One that cannot be read is neither gone nor damaged. */
async function* inflated(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let some = false;
  const seen = (async function* () {
    for await (const chunk of chunks) {
      some = true;
      yield chunk;
    }
  })();
  try {
    yield* through(seen, createGunzip());
  } catch (failure) {
    if (some || !isDamage(failure)) throw failure;
  }
}

const inflate = promisify<Uint8Array, Uint8Array>(gunzip);
