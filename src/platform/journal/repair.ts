import type { JournalPosition } from "../../events/journal.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Entropy } from "../../kernel/entropy.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { isoTime } from "../../kernel/iso-time.ts";
import { BEGINNING } from "./chain.ts";
import { FileJournal } from "./file-journal.ts";
import { internalEvent } from "./internal-event.ts";
import type { Missing } from "./misfit.ts";
import { wholeEvents } from "./reading.ts";
import type { Sealer } from "./seal.ts";
import { isCompressed, listSegments, type Segment, segmentBytes, segmentLines } from "./segment.ts";
import { verifyJournal } from "./verify.ts";
import { type Place, type Step, walk } from "./walk.ts";

export interface RepairOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly sealer: Sealer;
  /** The open segment. */
  readonly path: string;
  readonly anchorsPath: string;
}

export interface Repaired {
  readonly reason: string;
  /** The last event that is kept; 0 for none. */
  readonly lastSequence: number;
  /** Files as they were, whole, under their new names. */
  readonly setAside: readonly string[];
  readonly lost: Lost;
  /** Events that were gone before: somebody else knows of them. */
  readonly missing?: Missing;
}

/** What the journal no longer tells. */
export interface Lost {
  readonly bytes: number;
  /** Lines that still name an event; their seals prove nothing any more. */
  readonly legible: number;
  readonly illegible: number;
  readonly from?: number;
  readonly through?: number;
}

/**
 * Makes a journal that can be opened of one that cannot: keeps what fits, and sets everything from the first bad line on
 * aside, every file of it whole. Where the journal fits and its anchors do not, the anchors are set aside. Nobody else may
 * use the journal meanwhile. A crash at any point leaves a journal that can be repaired again.
 *
 * @returns `undefined` when there is nothing to repair
 * @throws {AiosError} where the key or the version is another, which is no damage; `journal.beginning` where the first
 * segments are missing, which nothing here can make up for
 */
export async function repairJournal(options: RepairOptions): Promise<Repaired | undefined> {
  const { files, sealer, path, anchorsPath, clock } = options;
  const segments = await listSegments(files, path);
  const { last, end } = await reach(options, segments);
  const suffix = `.set-aside-${isoTime(clock.now()).replaceAll(":", "-")}`;
  const setAside: string[] = [];
  let lost: Lost = { bytes: 0, legible: 0, illegible: 0 };
  let reason = "";
  let missing: Missing | undefined;
  if (last !== undefined) {
    if (last.kind === "bad" && (last.code === "journal.key" || last.code === "journal.format"))
      throw new AiosError(last.code, `${last.place.segment.path}: ${last.reason}`);
    lost = await lostFrom(files, segments, last.place);
    setAside.push(...(await cutAt(files, segments, last.place, suffix)));
    reason = `${last.place.segment.path}, line ${last.place.line}: ${last.reason}`;
  }
  const list = () => listSegments(files, path);
  const verdict = await verifyJournal({ files, sealer, list, anchorsPath });
  if (!verdict.ok) {
    if (verdict.code !== "journal.anchors") throw new AiosError(verdict.code, verdict.reason);
    await files.rename(anchorsPath, `${anchorsPath}${suffix}`);
    setAside.push(`${anchorsPath}${suffix}`);
    // Of what was cut here just now the files tell that were set aside.
    if (reason === "") ({ reason, missing } = verdict);
  }
  const [first] = setAside;
  if (first === undefined) return undefined;
  await journalRepair(options, end, { first, reason, lost });
  return { reason, lastSequence: end.sequence, setAside, lost, ...(missing === undefined ? {} : { missing }) };
}

/** Where the journal fits to, and the step that does not fit. */
async function reach({ files, sealer }: RepairOptions, segments: readonly Segment[]) {
  let end: JournalPosition = BEGINNING;
  let last: Exclude<Step, { kind: "event" }> | undefined;
  for await (const steps of walk({ files, sealer, segments, reading: wholeEvents }))
    for (const step of steps)
      if (step.kind === "event") end = { sequence: step.event.sequence, seal: step.seal };
      else last = step;
  return { end, last };
}

/** What stands from a place on, as far as it can be told. */
async function lostFrom(files: Files, segments: readonly Segment[], { segment, line, byte }: Place): Promise<Lost> {
  let [bytes, legible, illegible, from, through] = [0, 0, 0, Number.POSITIVE_INFINITY, 0];
  for (const one of segments.slice(segments.indexOf(segment))) {
    const isFirst = one === segment;
    bytes += isFirst ? (await sizeOf(files, one)) - (isCompressed(one) ? 0 : byte) : await sizeOf(files, one);
    try {
      for await (const { text } of segmentLines(files, one, isFirst ? { skip: line - 1 } : {})) {
        const sequence = Number(/"sequence":(\d+)/.exec(text)?.[1]);
        if (Number.isNaN(sequence)) illegible++;
        else {
          legible++;
          from = Math.min(from, sequence);
          through = Math.max(through, sequence);
        }
      }
    } catch {
      // The rest of a damaged file: nothing of it can be told.
      illegible++;
    }
  }
  return { bytes, legible, illegible, ...(legible === 0 ? {} : { from, through }) };
}

async function sizeOf(files: Files, { path }: Segment): Promise<number> {
  return (await files.stat(path))?.sizeBytes ?? 0;
}

/** Sets everything from a place on aside, the newest first, so that what is left always ends at that place or after it. */
async function cutAt(
  files: Files,
  segments: readonly Segment[],
  { segment, line }: Place,
  suffix: string,
): Promise<readonly string[]> {
  const at = segments.indexOf(segment);
  const names: string[] = [];
  for (const { path } of segments.slice(at + 1).reverse()) {
    await files.rename(path, `${path}${suffix}`);
    names.unshift(`${path}${suffix}`);
  }
  const aside = `${segment.path}${suffix}`;
  const good = line === 1 ? new Uint8Array() : await goodBytes(files, segment, line);
  if (good.length === 0) await files.rename(segment.path, aside);
  else if (isCompressed(segment)) {
    // The plain form counts where both are there.
    await files.write(segment.path.slice(0, -".gz".length), good, { mode: 0o600 });
    await files.rename(segment.path, aside);
  } else {
    await files.write(aside, await segmentBytes(files, segment), { mode: 0o600 });
    await files.write(segment.path, good, { mode: 0o600 });
  }
  return [aside, ...names];
}

/** The bytes before a line, also of a compressed file that is damaged behind it. */
async function goodBytes(files: Files, segment: Segment, line: number): Promise<Uint8Array> {
  const lines: string[] = [];
  for await (const { text } of segmentLines(files, segment)) {
    if (lines.length === line - 1) break;
    lines.push(`${text}\n`);
  }
  return Buffer.from(lines.join(""), "utf8");
}

/** The journal tells of its own repair. */
async function journalRepair(
  options: RepairOptions,
  end: JournalPosition,
  { first, reason, lost }: { readonly first: string; readonly reason: string; readonly lost: Lost },
): Promise<void> {
  const journal = await FileJournal.open({
    ...options,
    compress: false,
    anchors: { path: options.anchorsPath, everyMs: Number.POSITIVE_INFINITY },
    ...(end.sequence === 0 ? {} : { from: end }),
  });
  const { bytes, from, through } = lost;
  const range = from === undefined ? {} : { lostFrom: from, lostThrough: through };
  try {
    await journal.append(internalEvent(options, "journal.repaired", { setAside: first, bytes, reason, ...range }));
  } finally {
    await journal.close();
  }
}
