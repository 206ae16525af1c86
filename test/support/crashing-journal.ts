import { randomBytes } from "node:crypto";
import { type AnyEvent, stamp, type Unsequenced } from "../../src/events/envelope.ts";
import type { JournalPosition } from "../../src/events/journal.ts";
import { nodeHash } from "../../src/platform/hash.ts";
import { FileJournal } from "../../src/platform/journal/file-journal.ts";
import { createSealer } from "../../src/platform/journal/seal.ts";
import { listSegments } from "../../src/platform/journal/segment.ts";
import { type Verdict, verifyJournal } from "../../src/platform/journal/verify.ts";
import { SeededEntropy } from "../../src/simulation/seeded-entropy.ts";
import { VirtualClock } from "../../src/simulation/virtual-clock.ts";
import { CrashDisk, type Surviving } from "./crash-disk.ts";

export const JOURNAL = "/data/events.jsonl";
const sealer = createSealer(nodeHash);

/** What somebody outside knows of a journal over all its lives. */
export class Witness {
  /** Everything that was ever handed in, as text, by id. */
  readonly offered = new Map<string, string>();
  /** What was acknowledged: the id at each sequence. */
  readonly acknowledged = new Map<number, string>();
  /** Ids of what was refused. */
  readonly #refused = new Set<string>();
  /** The newest checkpoint: what comes before it may be given up. */
  checkpoint: JournalPosition | undefined;
  #count = 0;

  #draft(size: number, text: "plain" | "random"): Unsequenced {
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
      data: { n, text: text === "plain" ? "x".repeat(size) : randomBytes(size / 2).toString("hex") },
    };
    this.offered.set(event.id, JSON.stringify(event.data));
    return event;
  }

  /** Appends a group and notes what became of each; gives the codes of what was refused. */
  async append(
    journal: FileJournal,
    sizes: readonly number[],
    text: "plain" | "random" = "plain",
  ): Promise<readonly unknown[]> {
    const drafts = sizes.map((size) => this.#draft(size, text));
    const results = await Promise.allSettled(drafts.map((draft) => journal.append(draft)));
    return results.flatMap((result, index) => {
      if (result.status === "fulfilled") {
        this.acknowledged.set(result.value.sequence, result.value.id);
        return [];
      }
      this.#refused.add(drafts[index]?.id ?? "");
      return [(result.reason as { readonly code?: unknown }).code];
    });
  }

  /** A reader was shown these: from now on they count as acknowledged. */
  saw(events: readonly AnyEvent[]): void {
    for (const { sequence, id } of events) this.acknowledged.set(sequence, id);
  }

  /** What was refused and is there all the same. */
  tracesOfRefused(events: readonly AnyEvent[]): readonly string[] {
    return events.filter(({ id }) => this.#refused.has(id)).map(({ id }) => `${id} was refused and is there`);
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

/** Opens what survived, on a disk that does as it says, and tells what is wrong; it writes on as if nothing had been. */
export async function faultsAfter(
  surviving: Surviving,
  witness: Witness,
  random: () => number,
): Promise<readonly string[]> {
  const disk = new CrashDisk({ random }, surviving);
  try {
    const journal = await openOn(disk, 7, { from: witness.checkpoint });
    const faults = [...witness.faults(journal, await everythingIn(journal))];
    if ((await witness.append(journal, [30, 1_200, 1_200])).length > 0) faults.push("it takes nothing any more");
    await journal.kept();
    faults.push(...witness.faults(journal, await everythingIn(journal)));
    await journal.close();
    const verdict = await verifyOn(disk);
    return verdict.ok ? faults : [...faults, `${verdict.file}, line ${verdict.line}: ${verdict.reason}`];
  } catch (failure) {
    return [`it does not open: ${String(failure)}`];
  }
}

/** Numbers in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  const entropy = new SeededEntropy(seed);
  return () => entropy.random();
}
