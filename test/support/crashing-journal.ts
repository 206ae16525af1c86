import { type AnyEvent, stamp, type Unsequenced } from "../../src/events/envelope.ts";
import type { JournalPosition } from "../../src/events/journal.ts";
import { nodeHash } from "../../src/platform/hash.ts";
import { FileJournal } from "../../src/platform/journal/file-journal.ts";
import { createSealer } from "../../src/platform/journal/seal.ts";
import { listSegments } from "../../src/platform/journal/segment.ts";
import { type Verdict, verifyJournal } from "../../src/platform/journal/verify.ts";
import { SeededEntropy } from "../../src/simulation/seeded-entropy.ts";
import { VirtualClock } from "../../src/simulation/virtual-clock.ts";
import type { CrashDisk } from "./crash-disk.ts";

export const JOURNAL = "/data/events.jsonl";
const sealer = createSealer(nodeHash);

/** What somebody outside knows of a journal over all its lives. */
export class Witness {
  /** Everything that was ever handed in, as text, by id. */
  readonly offered = new Map<string, string>();
  /** What was acknowledged: the id at each sequence. */
  readonly acknowledged = new Map<number, string>();
  /** The newest checkpoint: what comes before it may be given up. */
  checkpoint: JournalPosition | undefined;
  #count = 0;

  draft(size: number): Unsequenced {
    const n = ++this.#count;
    const event: Unsequenced = {
      specversion: "1.0",
      id: `offered-${n}`,
      source: "/aios",
      type: "test.tick",
      ...stamp(1_700_000_000_000 + n),
      datacontenttype: "application/json",
      severity: "info",
      principal: "me",
      correlationid: "c",
      depth: 0,
      data: { n, text: "x".repeat(size) },
    };
    this.offered.set(event.id, JSON.stringify(event.data));
    return event;
  }

  /** Appends a group and notes what of it was acknowledged; tells whether all was. */
  async append(journal: FileJournal, sizes: readonly number[]): Promise<boolean> {
    const results = await Promise.allSettled(sizes.map((size) => journal.append(this.draft(size))));
    for (const result of results)
      if (result.status === "fulfilled") this.acknowledged.set(result.value.sequence, result.value.id);
    return results.every(({ status }) => status === "fulfilled");
  }

  /** Takes a checkpoint, durable elsewhere, and tells the journal so. */
  takeCheckpoint(journal: FileJournal): void {
    this.checkpoint = journal.position();
    journal.retain({ before: this.checkpoint.sequence + 1 });
  }

  /** What is wrong with what a journal holds; empty when nothing is. */
  faults(journal: FileJournal, events: readonly AnyEvent[]): readonly string[] {
    const held = new Map(events.map((event) => [event.sequence, event]));
    const first = journal.firstSequence;
    const faults: string[] = [];
    if (first > (this.checkpoint?.sequence ?? 0) + 1) faults.push(`${first} is first, after the checkpoint`);
    for (const [sequence, id] of this.acknowledged)
      if (sequence >= first && held.get(sequence)?.id !== id)
        faults.push(`acknowledged ${id} at ${sequence} is ${held.get(sequence)?.id}`);
    events.forEach(({ id, data, type, sequence }, index) => {
      if (sequence !== first + index) faults.push(`${sequence} stands where ${first + index} should`);
      if (!type.startsWith("journal.") && this.offered.get(id) !== JSON.stringify(data))
        faults.push(`${id} was never offered like this`);
    });
    return faults;
  }
}

export interface OpenChoice {
  readonly from?: JournalPosition | undefined;
  readonly segmentBytes?: number;
  readonly retainedBytes?: number;
}

/** A journal of tiny segments, so that everything it does for itself happens within a few events. */
export function openOn(
  disk: CrashDisk,
  seed: number,
  { from, segmentBytes = 2_000, retainedBytes = 4_000 }: OpenChoice = {},
): Promise<FileJournal> {
  return FileJournal.open({
    files: disk,
    clock: new VirtualClock(),
    entropy: new SeededEntropy(seed),
    sealer,
    path: JOURNAL,
    segments: { bytes: segmentBytes, ageMs: 1_000_000 },
    retention: { bytes: retainedBytes },
    anchors: { path: "/data/anchors.jsonl", everyMs: 1 },
    ...(from === undefined ? {} : { from }),
  });
}

export function verifyOn(disk: CrashDisk): Promise<Verdict> {
  return verifyJournal({
    files: disk,
    sealer,
    list: () => listSegments(disk, JOURNAL),
    anchorsPath: "/data/anchors.jsonl",
  });
}

export async function everythingIn(journal: FileJournal): Promise<readonly AnyEvent[]> {
  const events: AnyEvent[] = [];
  for await (const event of journal.read()) events.push(event);
  return events;
}
