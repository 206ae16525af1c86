import { JOURNAL_FORMAT, type JournalPosition } from "../../events/journal.ts";
import type { FailureCode } from "../../kernel/errors.ts";
import type { Head } from "./head.ts";
import type { Sealer } from "./seal.ts";
import type { Segment } from "./segment.ts";

export interface Misfit {
  readonly code: FailureCode;
  readonly reason: string;
  /** The events that a missing segment held. */
  readonly missing?: Missing;
}

/** Sequences, both inclusive. */
export interface Missing {
  readonly from: number;
  readonly through: number;
}

/** What keeps a segment from being the next one of a journal; `after` is where the one before it ended. */
export function misfitOf(
  head: Head | undefined,
  segment: Segment,
  { sealer, after }: { readonly sealer: Sealer; readonly after: JournalPosition | undefined },
): Misfit | undefined {
  const named = segment.kind === "closed" ? segment.first : undefined;
  const first = head === undefined ? named : head.after.sequence + 1;
  if (after !== undefined && first !== undefined && first > after.sequence + 1)
    return gapOf({ from: after.sequence + 1, through: first - 1 });
  if (head === undefined)
    return named === undefined ? undefined : { code: "journal.corrupt", reason: "its first line is no event" };
  if (named !== undefined && first !== named)
    return { code: "journal.corrupt", reason: `its name says ${named}, and its first event is ${first}` };
  if (head.format > JOURNAL_FORMAT)
    return {
      code: "journal.format",
      reason: `format ${head.format} is newer than this version reads, which is up to ${JOURNAL_FORMAT}`,
    };
  if (head.format > 1 && head.key !== sealer.keyId)
    return { code: "journal.key", reason: keys(head.key, sealer.keyId) };
  return undefined;
}

function gapOf(missing: Missing): Misfit {
  return { code: "journal.gap", reason: `${sayMissing(missing)} missing before it`, missing };
}

export function sayMissing({ from, through }: Missing): string {
  return from === through ? `event ${from} is` : `events ${from} to ${through} are`;
}

function keys(sealed: string | undefined, given: string | undefined): string {
  if (sealed === undefined) return `it is sealed without a key, and key ${given} is given`;
  return given === undefined
    ? `it is sealed with key ${sealed}, and none is given`
    : `it is sealed with key ${sealed}, and key ${given} is given`;
}
