import { is } from "../../events/envelope.ts";
import type { JournalPosition } from "../../events/journal.ts";
import { AiosError, type FailureCode } from "../../kernel/errors.ts";
import { type Anchor, readAnchors } from "./anchors.ts";
import { follow, type JournalFiles } from "./follow.ts";
import { headOf } from "./head.ts";
import { type Missing, sayMissing } from "./misfit.ts";
import { wholeEvents } from "./reading.ts";
import type { Step } from "./walk.ts";

export type Verdict = Whole | Misfit;

export interface Whole {
  readonly ok: true;
  readonly lines: number;
  readonly segments: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly seal: string;
  /** The last event that retention gave up, where it did. */
  readonly releasedThrough?: number;
  /** How many anchors fit; none where there is no file of them. */
  readonly anchors: number;
}

export interface Misfit {
  readonly ok: false;
  readonly code: FailureCode;
  readonly reason: string;
  /** Lines up to and with the bad one. */
  readonly lines: number;
  readonly file: string;
  /** Counted from 1, in that file. */
  readonly line: number;
  readonly byte: number;
  /** The journal ends inside its last line: cut off, or just being written. */
  readonly torn: boolean;
  /** The last event that fits; 0 for none. */
  readonly lastSequence: number;
  /** The events that a missing segment held, or that an end which was cut off did, as far as somebody else knows of them. */
  readonly missing?: Missing;
}

export interface Verifiable extends JournalFiles {
  /** Where its anchors are, when it is to be held against them. */
  readonly anchorsPath?: string | undefined;
  /** The newest event that somebody else knows of, when it is to be held against that as well. */
  readonly witness?: (() => Promise<Witness | undefined>) | undefined;
}

export interface Witness {
  readonly sequence: number;
  /** Who knows of it, in words. */
  readonly who: string;
}

/** Checks every seal, number and anchor of a journal and names the first line that does not fit. */
export async function verifyJournal(journal: Verifiable): Promise<Verdict> {
  // Before the journal: an engine that runs drops anchors and checkpoints only at events that are already there.
  const anchors = await anchorsOf(journal);
  const witness = await journal.witness?.();
  const [first] = await journal.list();
  const before = first === undefined ? undefined : (await headOf(journal.files, first))?.after;
  let whole: Whole = {
    ok: true,
    lines: 0,
    segments: 0,
    firstSequence: (before?.sequence ?? 0) + 1,
    lastSequence: 0,
    seal: "",
    anchors: 0,
  };
  let [begin, last]: (Step | undefined)[] = [];
  let released = vouchedFor(anchors, before);
  const files = new Set<string>();
  for await (const steps of follow(journal, wholeEvents))
    for (const step of steps) {
      begin ??= step;
      last = step;
      const lines = whole.lines + 1;
      const { lastSequence } = whole;
      if (step.kind === "torn")
        return misfit(step, { code: "journal.corrupt", reason: step.reason, lines, lastSequence, torn: true });
      if (step.kind === "bad") {
        const { code, reason, missing } = step;
        return misfit(step, { code, reason, lines, lastSequence, ...(missing === undefined ? {} : { missing }) });
      }
      const { event, seal, place } = step;
      const anchor = anchors instanceof AiosError ? undefined : anchors.get(event.sequence);
      if (anchor !== undefined && anchor.seal !== seal)
        return misfit(step, {
          code: "journal.anchors",
          reason: `the anchor of ${anchor.time} has another seal for it: this line or one before it was changed and sealed anew`,
          lines,
          lastSequence,
        });
      if (is(event, "journal.released")) released ||= event.data.through + 1 >= whole.firstSequence;
      files.add(place.segment.path);
      whole = {
        ...whole,
        lines,
        lastSequence: event.sequence,
        seal,
        anchors: whole.anchors + (anchor === undefined ? 0 : 1),
      };
    }
  whole = { ...whole, segments: files.size };
  return anchors instanceof AiosError
    ? misfit(last, { ...whole, code: anchors.code, reason: anchors.message })
    : judge(whole, { begin, last, anchors, witness, released });
}

/** What can only be said at the end: whether both ends are where they should be. */
function judge(
  whole: Whole,
  {
    begin,
    last,
    anchors,
    witness,
    released,
  }: {
    readonly begin: Step | undefined;
    readonly last: Step | undefined;
    readonly anchors: ReadonlyMap<number, Anchor>;
    readonly witness: Witness | undefined;
    readonly released: boolean;
  },
): Verdict {
  const newest = [...anchors.values()].at(-1);
  const { lastSequence, firstSequence } = whole;
  if (newest !== undefined && newest.sequence > lastSequence)
    return misfit(last, {
      ...whole,
      code: "journal.anchors",
      reason: `the journal ends with event ${lastSequence}, and the anchor of ${newest.time} knows of event ${newest.sequence}: its end was cut off`,
      missing: { from: lastSequence + 1, through: newest.sequence },
    });
  if (witness !== undefined && witness.sequence > lastSequence)
    return misfit(last, {
      ...whole,
      code: "journal.behind",
      reason: `the journal ends with event ${lastSequence}, and ${witness.who} knows of event ${witness.sequence}: its end was cut off`,
      missing: { from: lastSequence + 1, through: witness.sequence },
    });
  // One file by itself may begin anywhere.
  if (firstSequence === 1 || last?.place.segment.kind === "lone") return whole;
  if (released) return { ...whole, releasedThrough: firstSequence - 1 };
  const missing = { from: 1, through: firstSequence - 1 };
  return misfit(begin, {
    ...whole,
    code: "journal.beginning",
    reason: `${sayMissing(missing)} missing before it, and nothing says that retention gave them up`,
    missing,
  });
}

type Finding = Pick<Misfit, "code" | "reason" | "lines" | "lastSequence" | "missing"> & { readonly torn?: boolean };

function misfit(step: Step | undefined, { code, reason, lines, lastSequence, missing, torn = false }: Finding): Misfit {
  const { segment, line, byte } = step?.place ?? { segment: { path: "" }, line: 0, byte: 0 };
  const place = { file: segment.path, line, byte };
  return {
    ok: false,
    code,
    reason,
    lines,
    ...place,
    torn,
    lastSequence,
    ...(missing === undefined ? {} : { missing }),
  };
}

/** The newest anchor of each sequence; damage to them is a finding and no failure of looking. */
async function anchorsOf({ files, sealer, anchorsPath: path }: Verifiable): Promise<Map<number, Anchor> | AiosError> {
  if (path === undefined) return new Map();
  try {
    return new Map((await readAnchors({ files, sealer, path })).map((anchor) => [anchor.sequence, anchor]));
  } catch (failure) {
    if (failure instanceof AiosError) return failure;
    throw failure;
  }
}

/**
 * Whether an anchor says that retention was about to give up everything through this position. It may have been kept from
 * some of what it was about to do; then the rest is still held, and fits the anchor or does not.
 */
function vouchedFor(anchors: ReadonlyMap<number, Anchor> | AiosError, before: JournalPosition | undefined): boolean {
  if (anchors instanceof AiosError || before === undefined) return false;
  return [...anchors.values()].some(
    ({ why, sequence, seal }) =>
      why === "released" && (sequence > before.sequence || (sequence === before.sequence && seal === before.seal)),
  );
}
