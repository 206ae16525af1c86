import type { AnyEvent } from "../../events/envelope.ts";
import type { JournalPosition } from "../../events/journal.ts";
import { AiosError, asAiosError } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { type Anchor, type AnchorsOptions, readAnchors } from "./anchors.ts";
import { BEGINNING } from "./chain.ts";
import { headOf } from "./head.ts";
import { Marks } from "./marks.ts";
import { sayMissing } from "./misfit.ts";
import { wholeEvents } from "./reading.ts";
import type { Sealer } from "./seal.ts";
import { type ClosedSegment, listSegments, segmentBytes } from "./segment.ts";
import { type Place, sayPlace, walk } from "./walk.ts";

export interface RecoverOptions {
  readonly files: Files;
  readonly sealer: Sealer;
  /** The open segment. */
  readonly path: string;
  readonly from?: JournalPosition | undefined;
  readonly anchors?: AnchorsOptions | undefined;
  readonly replay?: ((event: AnyEvent) => void) | undefined;
}

/** What was found on disk. */
export interface Recovered {
  readonly position: JournalPosition;
  readonly closed: readonly ClosedSegment[];
  readonly open: OpenFound;
  readonly torn: Torn | undefined;
}

export interface OpenFound {
  /** Good bytes. */
  readonly sizeBytes: number;
  readonly marks: Marks;
  /** `undefined` while it holds no event. */
  readonly head: { readonly first: number; readonly format: number; readonly beganAtMs: number } | undefined;
}

export interface Torn {
  readonly setAside: string;
  readonly bytes: number;
  readonly reason: string;
}

/**
 * Reads and verifies a journal and sets what a cut write left behind aside. Nothing else is changed on disk.
 *
 * @throws {AiosError} for every journal that is not whole, naming where; see `FileJournal.open`
 */
export async function recover(options: RecoverOptions): Promise<Recovered> {
  const { files, sealer, path, from } = options;
  const anchored = await anchorsOf(options);
  const segments = await listSegments(files, path);
  const marks = new Marks();
  let position = from ?? BEGINNING;
  let torn: { readonly place: Place; readonly reason: string } | undefined;
  let first = from === undefined ? 0 : 1;
  for await (const steps of walk({ files, sealer, segments, reading: wholeEvents, after: from }))
    for (const step of steps) {
      if (step.kind === "bad") throw new AiosError(step.code, `${sayPlace(step.place)}: ${step.reason}`);
      if (step.kind === "torn") {
        torn = step;
        break;
      }
      const { event, seal, place } = step;
      if (first === 0) first = event.sequence;
      if (first > 1 && from === undefined)
        throw new AiosError(
          "journal.released",
          `${path}: ${sayMissing({ from: 1, through: first - 1 })} missing before event ${first}, with which the journal begins`,
        );
      position = { sequence: event.sequence, seal };
      anchored.check(position);
      if (place.segment.kind === "open") marks.note(event.sequence, place.byte);
      options.replay?.(event);
    }
  // After the journal itself said whether it was ever there: a checkpoint of another past says nothing about the anchors.
  if (from !== undefined) anchored.check(from);
  anchored.end(position);
  const open = segments.find(({ kind }) => kind === "open");
  const closed = segments.filter((segment): segment is ClosedSegment => segment.kind === "closed");
  const sizeBytes = torn?.place.byte ?? (await files.stat(path))?.sizeBytes ?? 0;
  const head = open === undefined || sizeBytes === 0 ? undefined : await headOf(files, open);
  return {
    position,
    closed,
    open: {
      sizeBytes,
      marks,
      head:
        head === undefined ? undefined : { first: head.after.sequence + 1, format: head.format, beganAtMs: head.atMs },
    },
    torn: torn === undefined ? undefined : await setAside(files, torn.place, { ...torn, after: position.sequence }),
  };
}

interface Anchored {
  check(position: JournalPosition): void;
  /** The journal ends here. */
  end(position: JournalPosition): void;
}

/** The anchors as something that positions are held against. Damage to them is told once the journal itself was judged. */
async function anchorsOf({ anchors: options, path }: RecoverOptions): Promise<Anchored> {
  if (options === undefined) return { check() {}, end() {} };
  let damage: AiosError | undefined;
  const anchors = await readAnchors(options).catch((failure: unknown): readonly Anchor[] => {
    damage = asAiosError(failure);
    return [];
  });
  const seals = new Map(anchors.map(({ sequence, seal }) => [sequence, seal]));
  const newest = anchors.reduce((most, { sequence }) => Math.max(most, sequence), 0);
  const check = ({ sequence, seal }: JournalPosition) => {
    const anchor = seals.get(sequence);
    if (anchor !== undefined && anchor !== seal)
      throw new AiosError(
        "journal.anchors",
        `${path}: event ${sequence} has another seal than ${options.path} has for it: the journal was sealed anew`,
      );
  };
  return {
    check,
    end({ sequence }) {
      if (damage !== undefined) throw damage;
      if (newest > sequence)
        throw new AiosError(
          "journal.anchors",
          `${path}: the journal ends with event ${sequence}, and ${options.path} knows of event ${newest}: its end is missing`,
        );
    },
  };
}

/** Copies the torn bytes beside the journal before they are cut off, so that nothing is ever lost silently. */
async function setAside(
  files: Files,
  { segment, byte }: Place,
  { reason, after }: { readonly reason: string; readonly after: number },
): Promise<Torn> {
  const bytes = await segmentBytes(files, segment, byte);
  const setAside = await freeName(files, bytes, `${segment.path}.torn-after-${after}`);
  await files.write(setAside, bytes, { mode: 0o600 });
  return { setAside, bytes: bytes.length, reason };
}

/** A name that holds nothing else: what an earlier start had set aside under it stays. */
async function freeName(files: Files, bytes: Uint8Array, name: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const tried = attempt === 1 ? name : `${name}.${attempt}`;
    const there = await files.read(tried);
    if (there === undefined || Buffer.compare(there, bytes) === 0) return tried;
  }
}
