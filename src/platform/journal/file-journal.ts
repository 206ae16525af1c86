import { Encoder } from "../../events/encoder.ts";
import { type AnyEvent, endGroup, sequenced, type Unsequenced } from "../../events/envelope.ts";
import { appended, JOURNAL_FORMAT, type Journal, type JournalPosition, type Sender } from "../../events/journal.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Entropy } from "../../kernel/entropy.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { type Log, silentLog } from "../../kernel/log.ts";
import { Anchoring, type AnchorPolicy } from "./anchoring.ts";
import { internalEvent } from "./internal-event.ts";
import { LineBytes } from "./line-bytes.ts";
import { eventsIn } from "./range.ts";
import { type Recovered, recover } from "./recover.ts";
import type { Retention } from "./retention.ts";
import { joinSealed, type Sealer } from "./seal.ts";
import { closedPath } from "./segment.ts";
import { SegmentIndex } from "./segment-index.ts";
import { SegmentWriter } from "./segment-writer.ts";
import { type Released, Upkeep } from "./upkeep.ts";

export interface FileJournalOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly sealer: Sealer;
  /** The open segment, `events.jsonl`; the closed ones stand beside it. */
  readonly path: string;
  readonly log?: Log;
  /** Events that may wait to be written before publishers are told `busy`; 65,536 unless told. */
  readonly maxWaiting?: number;
  /** Sees every event that is already there and comes after `from`, in order, before `open` resolves. */
  readonly replay?: (event: AnyEvent) => void;
  /** Where a checkpoint stands: only what comes after it is verified and replayed. */
  readonly from?: JournalPosition;
  /** When the open segment is closed and the next one begins; never unless told. */
  readonly segments?: { readonly bytes: number; readonly ageMs: number };
  /** Whether closed segments are compressed. */
  readonly compress?: boolean;
  readonly retention?: Retention;
  /** Where positions are written down outside of the journal; nowhere unless told. */
  readonly anchors?: AnchorPolicy;
}

interface Waiting {
  readonly event: Unsequenced;
  readonly sender: Sender;
}

/**
 * The journal on disk, written in groups: while one group is being synced the next one gathers.
 * See `Journal` for its invariants.
 *
 * A segment is closed by renaming the open one, between two groups. Whenever the open one is empty, the next group begins
 * with the event that a file of the journal begins with; so a crash between closing one and beginning the next is no
 * special case.
 */
export class FileJournal implements Journal {
  readonly #options: FileJournalOptions;
  readonly #index: SegmentIndex;
  readonly #anchoring: Anchoring;
  readonly #upkeep: Upkeep;
  readonly #lines = new LineBytes();
  /** `undefined` after a segment was closed and before the next could be begun. */
  #writer: SegmentWriter | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #listener: (events: readonly AnyEvent[]) => void = () => {};
  #position: JournalPosition;
  #needed = 0;
  /** Of the open segment. */
  #format: number;
  #beganAtMs: number;
  #closed = false;

  private constructor(options: FileJournalOptions, writer: SegmentWriter, found: Recovered, anchoring: Anchoring) {
    this.#options = options;
    this.#writer = writer;
    this.#anchoring = anchoring;
    const { head, marks } = found.open;
    this.#position = found.position;
    this.#format = head?.format ?? JOURNAL_FORMAT;
    this.#beganAtMs = head?.beganAtMs ?? options.clock.now();
    this.#index = new SegmentIndex(options.path, found.closed, {
      marks,
      ...(head === undefined ? {} : { first: head.first }),
    });
    this.#upkeep = new Upkeep({
      files: options.files,
      clock: options.clock,
      log: options.log ?? silentLog,
      index: this.#index,
      compress: options.compress ?? true,
      retention: options.retention ?? {},
      openBytes: () => this.#writer?.sizeBytes ?? 0,
      needed: () => this.#needed,
      vouch: (through) => anchoring.vouch(through),
      released: (what) => this.#tellReleased(what),
    });
  }

  /**
   * Opens or begins a journal. What a cut write left at its end is set aside and reported as `journal.repaired`.
   *
   * @throws {AiosError} `journal.corrupt` naming the first bad line, `journal.gap` where a segment is missing,
   * `journal.key` where another key sealed it, `journal.format` where a newer version wrote it, `journal.anchors` where
   * the anchors know of another history or a later end; `journal.released` where events are no longer held and `from` does
   * not stand for them; and for a `from` that is no position of it `journal.behind` or `journal.diverged`
   */
  static async open(options: FileJournalOptions): Promise<FileJournal> {
    const { anchors, files, sealer } = options;
    const found = await recover({
      ...options,
      anchors: anchors === undefined ? undefined : { files, sealer, path: anchors.path },
    });
    const writer = await SegmentWriter.open(files, options.path, found.open.sizeBytes);
    const anchoring = await Anchoring.open(options).catch(async (failure: unknown) => {
      await writer.close();
      throw failure;
    });
    const journal = new FileJournal(options, writer, found, anchoring);
    journal.#listener = (events) => {
      for (const event of events) options.replay?.(event);
    };
    if (found.torn !== undefined)
      options.log?.warn("the journal's last write was cut off: what is left of it was set aside", { ...found.torn });
    try {
      if (found.position.sequence === 0) await journal.#commit([]);
      if (found.torn !== undefined) await journal.append(internalEvent(options, "journal.repaired", found.torn));
    } catch (failure) {
      await journal.close();
      throw failure;
    }
    journal.#listener = () => {};
    anchoring.drop(journal.#position, "opened");
    journal.#upkeep.look();
    return journal;
  }

  get lastSequence(): number {
    return this.#position.sequence;
  }

  get firstSequence(): number {
    return this.#index.firstSequence;
  }

  position(): JournalPosition {
    return this.#position;
  }

  onCommit(listener: (events: readonly AnyEvent[]) => void): void {
    this.#listener = listener;
  }

  append(event: Unsequenced): Promise<AnyEvent> {
    return appended(this, event);
  }

  send(event: Unsequenced, sender: Sender): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      queueMicrotask(() => sender.refused(refusal));
      return;
    }
    this.#waiting.push({ event, sender });
    this.#writing ??= this.#write();
  }

  #refusal(): AiosError | undefined {
    if (this.#closed) return new AiosError("engine.stopping", "the journal is closed");
    const waiting = this.#waiting.length;
    if (waiting < (this.#options.maxWaiting ?? 65_536)) return undefined;
    return new AiosError("busy", `${waiting} events wait to be written`, { retryAfterSeconds: 1 });
  }

  read(range: { readonly after?: number; readonly until?: number } = {}): AsyncIterable<AnyEvent> {
    const last = Math.min(range.until ?? this.lastSequence, this.lastSequence);
    return eventsIn(this.#options.files, this.#index, { first: (range.after ?? 0) + 1, last });
  }

  retain({ before }: { readonly before: number }): void {
    this.#needed = Math.max(this.#needed, before);
    this.#anchoring.drop(this.#position, "checkpoint");
    this.#upkeep.look();
  }

  /** Resolves when closed segments are compressed, old ones given up and anchors dropped as far as they are to be now. */
  async kept(): Promise<void> {
    await this.#upkeep.idle();
    await this.#anchoring.idle();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#upkeep.stop();
    this.#anchoring.drop(this.#position, "stopped");
    await this.#anchoring.close();
    await this.#writer?.close();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      // One turn of the loop lets every caller that was just answered hand in its next event.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const group = this.#waiting;
      this.#waiting = [];
      const events = await this.#commit(group).catch((failure: unknown) => this.#refuse(group, failure));
      if (events === undefined) continue;
      const heads = events.length - group.length;
      group.forEach(({ sender }, index) => {
        const event = events[heads + index];
        if (event !== undefined) sender.written(event);
      });
    }
    this.#writing = undefined;
  }

  /** Makes a group durable, then tells of it. @throws {AiosError} `journal.unavailable`, and then nothing was written */
  async #commit(group: readonly Waiting[]): Promise<readonly AnyEvent[]> {
    const events = await this.#store(group);
    this.#listener(events);
    this.#anchoring.passed(this.#position);
    return events;
  }

  /** What waits behind a group would come to stand before it when it is tried again. */
  #refuse(group: readonly Waiting[], failure: unknown): undefined {
    const behind = this.#waiting;
    this.#waiting = [];
    for (const { sender } of group) sender.refused(failure);
    for (const { sender } of behind) sender.refused(failure);
  }

  async #store(group: readonly Waiting[]): Promise<readonly AnyEvent[]> {
    const { files, path } = this.#options;
    try {
      if (this.#isFull()) await this.#rotate();
      this.#writer ??= await SegmentWriter.open(files, path, 0);
      return await this.#seal(this.#writer, group);
    } catch (failure) {
      // The files say themselves what cannot be written.
      const why = failure instanceof AiosError ? failure.message : `cannot write ${path}: ${messageOf(failure)}`;
      throw new AiosError("journal.unavailable", why, {
        cause: failure,
        retryAfterSeconds: 5,
      });
    }
  }

  async #seal(writer: SegmentWriter, group: readonly Waiting[]): Promise<readonly AnyEvent[]> {
    const { sealer } = this.#options;
    const begins = writer.sizeBytes === 0;
    const unsequenced = group.map(({ event }) => event);
    if (begins) unsequenced.unshift(this.#head());
    let { seal, sequence } = this.#position;
    this.#lines.clear();
    const encoder = new Encoder();
    const events: AnyEvent[] = [];
    for (const event of unsequenced) {
      sequence++;
      const encoded = encoder.encode(event, sequence);
      const body = events.length + 1 === unsequenced.length ? endGroup(encoded, unsequenced.length) : encoded;
      seal = sealer.seal(seal, body);
      this.#lines.add(`${joinSealed(body, seal)}\n`);
      events.push(sequenced(event, sequence));
    }
    const offset = writer.sizeBytes;
    await writer.append(this.#lines.bytes);
    if (begins) {
      this.#beganAtMs = this.#options.clock.now();
      this.#format = JOURNAL_FORMAT;
    }
    this.#index.written(this.#position.sequence + 1, offset);
    this.#position = { sequence, seal };
    return events;
  }

  /** The event that a file of the journal begins with. */
  #head(): Unsequenced {
    const { keyId } = this.#options.sealer;
    const said = { format: JOURNAL_FORMAT, ...(keyId === undefined ? {} : { key: keyId }) };
    return this.#position.sequence === 0
      ? internalEvent(this.#options, "journal.opened", said)
      : internalEvent(this.#options, "journal.continued", { ...said, previous: this.#position.seal });
  }

  #isFull(): boolean {
    const { segments, clock } = this.#options;
    const first = this.#index.openFirst;
    // A file that holds its head alone is young, whatever the clock says.
    if (this.#writer === undefined || first === undefined || first === this.#position.sequence) return false;
    if (this.#format < JOURNAL_FORMAT) return true;
    if (segments === undefined) return false;
    return this.#writer.sizeBytes >= segments.bytes || clock.now() - this.#beganAtMs >= segments.ageMs;
  }

  /** Closes the open segment. When that fails, the open one goes on and it is tried again with the next group. */
  async #rotate(): Promise<void> {
    const { files, path, log = silentLog } = this.#options;
    const first = this.#index.openFirst;
    if (first === undefined) return;
    const closed = closedPath(path, first);
    // Of a closed segment every byte counts: what a refused group left behind must not be among them.
    await this.#writer?.clean();
    try {
      await files.rename(path, closed);
    } catch (failure) {
      log.warn("a segment of the journal could not be closed", { path, failure: messageOf(failure) });
      // The name may have changed all the same; opening the next file makes that durable.
      if (await files.exists(path)) return;
    }
    const writer = this.#writer;
    this.#writer = undefined;
    this.#index.rotated(closed);
    await writer?.close().catch(() => undefined);
    this.#anchoring.drop(this.#position, "rotated");
    this.#upkeep.look();
  }

  #tellReleased(what: Released): void {
    const { log = silentLog } = this.#options;
    this.append(internalEvent(this.#options, "journal.released", what)).catch((failure: unknown) =>
      log.warn("what retention gave up could not be journaled", { ...what, failure: messageOf(failure) }),
    );
  }
}
