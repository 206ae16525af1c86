import type { JournalPosition } from "../../events/journal.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { BEGINNING, UNSEALED } from "./chain.ts";
import { type Head, headOf } from "./head.ts";
import type { LinesFrom } from "./lines.ts";
import { type Sealer, splitSealed } from "./seal.ts";
import { isCompressed, type Segment, segmentLines } from "./segment.ts";

/**
 * Which segment to read first for what comes after a position: the one that holds its event, or the first of all.
 *
 * @throws {AiosError} `journal.behind` where nothing is held, `journal.released` where what follows is no longer held
 */
export async function segmentOf(files: Files, segments: readonly Segment[], after: JournalPosition): Promise<number> {
  for (let index = segments.length - 1; index >= 0; index--) {
    const segment = segments[index];
    const first = segment === undefined ? undefined : await firstOf(files, segment);
    if (first !== undefined && (first <= after.sequence || (index === 0 && first === after.sequence + 1))) return index;
    if (index === 0 && first !== undefined)
      throw new AiosError("journal.released", `the journal begins with event ${first}, long after ${after.sequence}`);
  }
  if (after.sequence === 0) return 0;
  throw new AiosError("journal.behind", `the journal ends before event ${after.sequence}: it holds none`);
}

async function firstOf(files: Files, segment: Segment): Promise<number | undefined> {
  if (segment.kind === "closed") return segment.first;
  const head = await headOf(files, segment);
  return head === undefined ? undefined : head.after.sequence + 1;
}

/**
 * The lines of a segment after a position, and how many come before them. Those are passed over, but their seals are
 * looked at: what was edited by hand in the segment that is read shows, whatever a checkpoint stands for.
 *
 * @throws {AiosError} `journal.behind` where it ends before, `journal.diverged` where it has another seal there,
 * `journal.corrupt` naming the first line before it whose seal does not fit
 */
export async function linesAfter(
  files: Files,
  segment: Segment,
  head: Head | undefined,
  { sequence, seal }: JournalPosition,
  sealer: Sealer,
): Promise<LinesFrom & { readonly passed: number }> {
  const begin = head?.after.sequence ?? 0;
  const diverged = () =>
    new AiosError(
      "journal.diverged",
      `${segment.path} has another history: its seal at event ${sequence} is different`,
    );
  if (sequence === 0) return { passed: 0 };
  if (head !== undefined && sequence === begin) {
    if (head.after.seal !== seal) throw diverged();
    return { passed: 0 };
  }
  const passed = sequence - begin;
  let line = 0;
  let previous = head?.after.seal ?? BEGINNING.seal;
  for await (const { text, end, complete } of segmentLines(files, segment)) {
    if (!complete) break;
    line++;
    const parts = splitSealed(text);
    if (line === passed && parts?.seal !== seal) throw diverged();
    if (parts === undefined || sealer.seal(previous, parts.body) !== parts.seal)
      throw new AiosError("journal.corrupt", `${segment.path}, line ${line}: ${UNSEALED}`);
    if (line === passed) return isCompressed(segment) ? { skip: passed, passed } : { start: end, passed };
    previous = parts.seal;
  }
  throw new AiosError("journal.behind", `${segment.path} ends before event ${sequence}`);
}
