import type { JournalPosition } from "../../events/journal.ts";
import type { Files } from "../../kernel/files.ts";
import { parseIsoTime } from "../../kernel/iso-time.ts";
import { BEGINNING } from "./chain.ts";
import { splitSealed } from "./seal.ts";
import { type Segment, segmentLines } from "./segment.ts";

/** What the first line of a segment says of it. Nothing of it is verified yet. */
export interface Head {
  /** What the first event follows. */
  readonly after: JournalPosition;
  readonly format: number;
  /** The fingerprint of the key, for formats that tell it. */
  readonly key: string | undefined;
  readonly atMs: number;
}

/** The head of a segment; `undefined` where its first line is not there whole, or is no event. */
export async function headOf(files: Files, segment: Segment): Promise<Head | undefined> {
  for await (const { text, complete } of segmentLines(files, segment)) return complete ? parse(text) : undefined;
  return undefined;
}

interface Stored {
  readonly type?: unknown;
  readonly time?: unknown;
  readonly sequence?: unknown;
  readonly data?: { readonly format?: unknown; readonly previous?: unknown; readonly key?: unknown };
}

function parse(line: string): Head | undefined {
  const stored = storedOf(line);
  if (typeof stored?.sequence !== "number" || typeof stored.time !== "string") return undefined;
  const { format, previous, key } = stored.data ?? {};
  return {
    after: typeof previous === "string" ? { sequence: stored.sequence - 1, seal: previous } : BEGINNING,
    format: typeof format === "number" ? format : 1,
    key: typeof key === "string" ? key : undefined,
    atMs: parseIsoTime(stored.time) ?? 0,
  };
}

function storedOf(line: string): Stored | undefined {
  if (splitSealed(line) === undefined) return undefined;
  try {
    return JSON.parse(line) as Stored;
  } catch {
    return undefined;
  }
}
