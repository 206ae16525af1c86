import path from "node:path";
import type { JournalPosition } from "../../events/journal.ts";
import type { Clock } from "../../kernel/clock.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import type { Log } from "../../kernel/log.ts";
import { compressFile } from "./compress.ts";
import { type Head, headOf } from "./head.ts";
import { type Candidate, chooseReleased, type Retention } from "./retention.ts";
import type { ClosedSegment } from "./segment.ts";
import type { SegmentIndex } from "./segment-index.ts";

export interface Released {
  readonly from: number;
  readonly through: number;
  readonly segments: number;
  readonly bytes: number;
}

export interface UpkeepDeps {
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  readonly index: SegmentIndex;
  readonly compress: boolean;
  readonly retention: Retention;
  /** Bytes of the open segment. */
  readonly openBytes: () => number;
  /** No event before this sequence is needed any more. */
  readonly needed: () => number;
  /** Writes down outside of the journal that everything through this position is about to be given up. */
  readonly vouch: (through: JournalPosition) => Promise<void>;
  /** Told once it is gone. */
  readonly released: (what: Released) => void;
}

/**
 * Compresses closed segments and gives up the oldest, one thing after the other and beside the writing. What fails is
 * logged and tried again at the next occasion; whatever it was, every event that is needed is still there.
 */
export class Upkeep {
  readonly #deps: UpkeepDeps;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #again = false;

  constructor(deps: UpkeepDeps) {
    this.#deps = deps;
  }

  /** Looks for work; returns at once. */
  look(): void {
    this.#again = true;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when there is nothing to do. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Ends what is under way at its next safe point. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      try {
        await this.#release();
        await this.#compress();
      } catch (failure) {
        this.#deps.log.warn("closed segments of the journal could not be kept in order", {
          failure: messageOf(failure),
        });
      }
    }
  }

  async #compress(): Promise<void> {
    const { files, index, compress } = this.#deps;
    if (!compress) return;
    for (const segment of index.closed) {
      if (this.#stopping.signal.aborted) return;
      if (segment.form === "gzip") continue;
      const copy = await compressFile(files, segment.path, this.#stopping.signal);
      if (copy === undefined) return;
      index.compressed(segment, copy);
      await files.remove(segment.path);
    }
  }

  async #release(): Promise<void> {
    const { files, index, clock, retention, needed, openBytes, vouch, released } = this.#deps;
    if (retention.ageMs === undefined && retention.bytes === undefined) return;
    const { closed } = index;
    // The open one is what the last closed one ends at; while it is empty the last stays.
    const nexts = [...closed.slice(1).map(({ first }) => first), index.openFirst];
    const candidates = await Promise.all(
      closed.map(async (segment, at) => ({
        segment,
        next: nexts[at],
        sizeBytes: (await files.stat(segment.path))?.sizeBytes ?? 0,
        endedAtMs: (await this.#headAfter(closed, at))?.atMs,
      })),
    );
    const gone = chooseReleased(candidates, {
      needed: needed(),
      nowMs: clock.now(),
      openBytes: openBytes(),
      retention,
    });
    const last = gone.at(-1);
    const first = gone[0];
    if (first === undefined || last === undefined) return;
    const after = await this.#headAfter(closed, gone.length - 1);
    if (after === undefined) throw new AiosError("internal", `nothing says where ${last.segment.path} ends`);
    await vouch(after.after);
    const done = await this.#remove(gone);
    const end = done.at(-1)?.next;
    if (end === undefined) return;
    released({
      from: first.segment.first,
      through: end - 1,
      segments: done.length,
      bytes: done.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    });
  }

  /** Oldest first, each made durable before the next, so that nothing leaves a gap in the middle; tells which are gone. */
  async #remove<C extends Candidate<ClosedSegment>>(gone: readonly C[]): Promise<readonly C[]> {
    const { files, index, log } = this.#deps;
    for (const [at, { segment }] of gone.entries()) {
      index.released(segment);
      try {
        // The other form may be there too, where compressing it did not come to its end.
        for (const form of bothForms(segment)) await files.remove(form);
        await files.syncDirectory(path.dirname(segment.path));
      } catch (failure) {
        log.warn("a segment of the journal could not be given up", { failure: messageOf(failure) });
        const there = await Promise.all(bothForms(segment).map((form) => files.exists(form)));
        const isThere = there.includes(true);
        if (isThere) index.restored(segment);
        return gone.slice(0, isThere ? at : at + 1);
      }
    }
    return gone;
  }

  /** The head of the segment after a closed one: it was written when that one was closed. */
  async #headAfter(closed: readonly ClosedSegment[], at: number): Promise<Head | undefined> {
    const next = closed[at + 1];
    if (next !== undefined) return headOf(this.#deps.files, next);
    const { openFirst } = this.#deps.index;
    if (openFirst === undefined) return undefined;
    const head = await headOf(this.#deps.files, this.#deps.index.find(openFirst).segment);
    // It may have been closed while it was read.
    return head?.after.sequence === openFirst - 1 ? head : undefined;
  }
}

function bothForms({ path: stored, form }: ClosedSegment): readonly string[] {
  const plain = form === "gzip" ? stored.slice(0, -".gz".length) : stored;
  return [plain, `${plain}.gz`];
}
