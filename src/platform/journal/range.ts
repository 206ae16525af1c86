import { type AnyEvent, decode } from "../../events/envelope.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { splitSealed } from "./seal.ts";
import { segmentLines } from "./segment.ts";
import type { SegmentIndex } from "./segment-index.ts";

/** A file may be renamed, compressed or given up between asking where it is and opening it; then it is asked again. */
const ATTEMPTS = 5;

/** The events from `first` through `last` that are held, in order, whatever becomes of the files meanwhile. */
export async function* eventsIn(
  files: Files,
  index: SegmentIndex,
  range: { readonly first: number; readonly last: number },
): AsyncGenerator<AnyEvent, void, void> {
  let next = Math.max(range.first, index.firstSequence);
  for (let attempt = 1; next <= range.last; attempt++) {
    const from = next;
    for await (const event of segmentFrom(files, index, next)) {
      yield event;
      next++;
      if (next > range.last) return;
    }
    if (next > from) attempt = 0;
    next = Math.max(next, index.firstSequence);
    if (attempt === ATTEMPTS) throw whatIsMissing(index, next);
  }
}

function whatIsMissing(index: SegmentIndex, sequence: number): AiosError {
  const { path } = index.find(sequence).segment;
  const following = index.firstAfter(sequence);
  const there = `event ${sequence} is not where it should be, ${path}`;
  if (following === undefined) return new AiosError("journal.corrupt", there);
  return new AiosError(
    "journal.gap",
    `${there}, and the next file begins with event ${following}: the file between them, with ${sequence} to ${following - 1}, is missing, or lines of this one are damaged`,
  );
}

/** The events from `first` on as far as one file goes; nothing where it holds something else by now. */
async function* segmentFrom(files: Files, index: SegmentIndex, first: number): AsyncGenerator<AnyEvent, void, void> {
  const { segment, from } = index.find(first);
  let next = first;
  for await (const { text } of segmentLines(files, segment, from)) {
    const sequence = sequenceIn(text);
    if (sequence === undefined || sequence > next) return;
    if (sequence < next) continue;
    const parts = splitSealed(text);
    const event = parts === undefined ? undefined : decode(parts.body);
    if (event === undefined) return;
    yield event;
    next++;
  }
}

/** The number is read from the text first: decoding costs ten times as much. */
function sequenceIn(line: string): number | undefined {
  const found = /"sequence":(\d+)/.exec(line);
  return found === null ? undefined : Number(found[1]);
}
