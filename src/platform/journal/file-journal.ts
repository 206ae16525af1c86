import { type AnyEvent, decode, ENGINE, encode, stamp, type Unsequenced } from "../../events/envelope.ts";
import { JOURNAL_FORMAT, type Journal, type JournalPosition } from "../../events/journal.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Entropy } from "../../kernel/entropy.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { AppendHandle, Files } from "../../kernel/files.ts";
import { BEGINNING, Chain } from "./chain.ts";
import { type LinesFrom, readLines } from "./lines.ts";
import { Marks } from "./marks.ts";
import { joinSealed, type Sealer, splitSealed } from "./seal.ts";

export interface FileJournalOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly sealer: Sealer;
  /** The open segment, `events.jsonl`. */
  readonly path: string;
  /** Events that may wait to be written before publishers are told `busy`; 65,536 unless told. */
  readonly maxWaiting?: number;
  /** Sees every event that is already there and comes after `from`, in order, before `open` resolves. */
  readonly replay?: (event: AnyEvent) => void;
  /** Where a checkpoint stands: only what comes after it is verified and replayed. */
  readonly from?: JournalPosition;
}

interface Waiting {
  readonly event: Unsequenced;
  readonly resolve: (event: AnyEvent) => void;
  readonly reject: (failure: AiosError) => void;
}

interface Opened {
  readonly seal: string;
  readonly sequence: number;
  readonly sizeBytes: number;
  readonly marks: Marks;
  readonly torn: Torn | undefined;
}

interface Torn {
  readonly setAside: string;
  readonly bytes: number;
}

/**
 * The journal in one file, written in groups: while one group is being synced the next one gathers.
 * See `Journal` for its invariants.
 */
export class FileJournal implements Journal {
  readonly #options: FileJournalOptions;
  readonly #handle: AppendHandle;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #listener: (events: readonly AnyEvent[]) => void = () => {};
  #seal: string;
  #sequence: number;
  #sizeBytes: number;
  readonly #marks: Marks;
  #closed = false;
  /** A failed write may have left bytes behind the last good one. */
  #dirty = false;

  private constructor(options: FileJournalOptions, handle: AppendHandle, opened: Opened) {
    this.#options = options;
    this.#handle = handle;
    this.#seal = opened.seal;
    this.#sequence = opened.sequence;
    this.#sizeBytes = opened.sizeBytes;
    this.#marks = opened.marks;
  }

  /**
   * Opens or begins a journal. A torn last line is set aside and reported as `journal.repaired`.
   *
   * @throws {AiosError} `journal.corrupt` naming the first bad line, `journal.format` when a newer version wrote it; and
   * when `from` is given, `journal.behind` where the journal ends before it, `journal.diverged` where it has another seal
   * there, `journal.released` where events after it are no longer held
   */
  static async open(options: FileJournalOptions): Promise<FileJournal> {
    const opened = await readThrough(options);
    const handle = await options.files.append(options.path);
    if (opened.torn !== undefined) await handle.truncate(opened.sizeBytes);
    const journal = new FileJournal(options, handle, opened);
    const note = (type: string, data: unknown) => journal.append(internal(options, type, data));
    if (opened.sequence === 0) options.replay?.(await note("journal.opened", { format: JOURNAL_FORMAT }));
    if (opened.torn !== undefined) {
      options.replay?.(await note("journal.repaired", { ...opened.torn, reason: "the last line had no end" }));
    }
    return journal;
  }

  get lastSequence(): number {
    return this.#sequence;
  }

  get firstSequence(): number {
    return 1;
  }

  position(): JournalPosition {
    return { sequence: this.#sequence, seal: this.#seal };
  }

  /** One file is given up never. */
  retain(): void {}

  onCommit(listener: (events: readonly AnyEvent[]) => void): void {
    this.#listener = listener;
  }

  append(event: Unsequenced): Promise<AnyEvent> {
    if (this.#closed) return Promise.reject(new AiosError("engine.stopping", "the journal is closed"));
    if (this.#waiting.length >= (this.#options.maxWaiting ?? 65_536)) {
      return Promise.reject(
        new AiosError("busy", `${this.#waiting.length} events wait to be written`, { retryAfterSeconds: 1 }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  async *read(range: { readonly after?: number; readonly until?: number } = {}): AsyncIterable<AnyEvent> {
    const until = Math.min(range.until ?? this.#sequence, this.#sequence);
    const after = range.after ?? 0;
    if (after >= until) return;
    for await (const line of readLines(this.#options.files, this.#options.path, { start: this.#marks.before(after) })) {
      const event = eventAfter(line.text, after);
      if (event === undefined) continue;
      if (event.sequence > until) return;
      yield event;
      if (event.sequence === until) return;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#handle.close();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      // One turn of the loop lets every caller that was just answered hand in its next event.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const group = this.#waiting;
      this.#waiting = [];
      await this.#commit(group);
    }
    this.#writing = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    let seal = this.#seal;
    let sequence = this.#sequence;
    let text = "";
    const events: AnyEvent[] = [];
    for (const { event } of group) {
      sequence++;
      const body = encode(event, sequence);
      seal = this.#options.sealer.seal(seal, body);
      text += `${joinSealed(body, seal)}\n`;
      events.push({ ...event, sequence } as AnyEvent);
    }
    const bytes = Buffer.from(text, "utf8");
    try {
      if (this.#dirty) await this.#takeBack();
      this.#dirty = true;
      await this.#handle.write(bytes);
      await this.#handle.sync();
      this.#dirty = false;
    } catch (failure) {
      await this.#takeBack().catch(() => undefined);
      const refusal = new AiosError(
        "journal.unavailable",
        `cannot write ${this.#options.path}: ${messageOf(failure)}`,
        { cause: failure, retryAfterSeconds: 5 },
      );
      for (const { reject } of group) reject(refusal);
      return;
    }
    this.#marks.note(this.#sequence + 1, this.#sizeBytes);
    this.#seal = seal;
    this.#sequence = sequence;
    this.#sizeBytes += bytes.length;
    this.#listener(events);
    group.forEach(({ resolve }, index) => {
      const event = events[index];
      if (event !== undefined) resolve(event);
    });
  }

  /** A half-written group must not stay in front of the next one. */
  async #takeBack(): Promise<void> {
    await this.#handle.truncate(this.#sizeBytes);
    this.#dirty = false;
  }
}

async function readThrough(options: FileJournalOptions): Promise<Opened> {
  const { from = BEGINNING } = options;
  const chain = new Chain(options.sealer, from);
  const marks = new Marks();
  const before = await endOf(options, from);
  let line = from.sequence;
  let end = before.start ?? 0;
  for await (const { text, start, complete } of readLines(options.files, options.path, before)) {
    line++;
    if (!complete)
      return {
        seal: chain.seal,
        sequence: chain.sequence,
        sizeBytes: start,
        marks,
        torn: await setAside(options, start, chain.sequence),
      };
    const link = chain.follow(text);
    if (link.kind === "broken") throw new AiosError("journal.corrupt", `${options.path}, line ${line}: ${link.reason}`);
    if (link.kind === "newer")
      throw new AiosError(
        "journal.format",
        `${options.path} has format ${link.format}; this version reads up to ${JOURNAL_FORMAT}`,
      );
    marks.note(link.event.sequence, start);
    options.replay?.(link.event);
    end = start + Buffer.byteLength(text) + 1;
  }
  return { seal: chain.seal, sequence: chain.sequence, sizeBytes: end, marks, torn: undefined };
}

/** Where the lines after a position begin. */
async function endOf({ files, path }: FileJournalOptions, from: JournalPosition): Promise<LinesFrom> {
  if (from.sequence === 0) return {};
  for await (const { text, start, complete } of readLines(files, path, { skip: from.sequence - 1 })) {
    if (!complete) break;
    if (splitSealed(text)?.seal === from.seal) return { start: start + Buffer.byteLength(text) + 1 };
    throw new AiosError("journal.diverged", `${path} has another seal at sequence ${from.sequence}`);
  }
  throw new AiosError("journal.behind", `${path} ends before sequence ${from.sequence}`);
}

/** Copies the torn bytes beside the journal before they are cut off, so that nothing is ever lost silently. */
async function setAside(options: FileJournalOptions, start: number, lastSequence: number): Promise<Torn> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of options.files.stream(options.path, { start })) chunks.push(chunk);
  const torn = Buffer.concat(chunks);
  const path = `${options.path}.torn-after-${lastSequence}`;
  await options.files.write(path, torn, { mode: 0o600 });
  return { setAside: path, bytes: torn.length };
}

function internal(options: FileJournalOptions, type: string, data: unknown): Unsequenced {
  const id = options.entropy.id();
  return {
    specversion: "1.0",
    id,
    source: ENGINE,
    type,
    ...stamp(options.clock.now()),
    datacontenttype: "application/json",
    severity: "info",
    principal: "engine",
    correlationid: id,
    depth: 0,
    data,
  } as Unsequenced;
}

/** The event of a line when it comes after `after`. The number is read from the text first: decoding costs ten times as much. */
function eventAfter(line: string, after: number): AnyEvent | undefined {
  const found = /"sequence":(\d+)/.exec(line);
  if (found === null || Number(found[1]) <= after) return undefined;
  const parts = splitSealed(line);
  return parts === undefined ? undefined : decode(parts.body);
}
