import type { Files } from "../../kernel/files.ts";
import { type Segment, segmentLines } from "./segment.ts";

/** The end of a line that is the last of its group; see `endGroup`. */
const GROUP_END = /,"commit":\d+,"seal":"[0-9a-f]{64}"\}$/;

export interface Broken {
  readonly text: string;
  readonly start: number;
  /** False for the first format, in which groups have no end that shows: one line is all that may be missing. */
  readonly marked: boolean;
}

/**
 * Whether a broken line is what a power cut left of the last write: a hole of bytes that never reached the disk (no JSON
 * holds a zero byte), in the last group of all. A group is only written when the one before it is on disk, so a later
 * group proves that this line once was whole: then it was damaged, and nobody may call that torn.
 */
export async function isTornTail(files: Files, segment: Segment, broken: Broken): Promise<boolean> {
  const { text: line, start, marked } = broken;
  if (!line.includes("\0")) return false;
  let ended = false;
  for await (const { text } of segmentLines(files, segment, { start })) {
    if (ended) return false;
    ended = !marked || GROUP_END.test(text);
  }
  return true;
}
