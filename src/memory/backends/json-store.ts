import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { AppendHandle } from "../../kernel/files.ts";
import type { Changed } from "../backend.ts";
import { forgetSetAside } from "../set-aside.ts";
import { collect, type Header, isHeader, type Line, parseLine, wholeLines } from "./json-lines.ts";
import type { MemoryPorts } from "./kind.ts";
import { type Change, change, changedIn, MemoryTable } from "./table.ts";

/** Of files without vectors, which engines of before read too. */
const PLAIN_FORMAT = 1;
const FORMAT = 2;
/** A log this many times as long as what it says is rewritten as a snapshot. */
const COMPACT_FACTOR = 4;
const COMPACT_AT_LEAST = 1_000;

/** What a replaced file is written as, before it is renamed. */
const DRAFT = /^\.(?:snapshot|log-\d+)\.jsonl\..*\.tmp$/;

const encoder = new TextEncoder();

/**
 * The files of one memory, and the state they add up to.
 *
 *   snapshot.jsonl        header {format, version, generation}, then the state as changes
 *   log-GENERATION.jsonl  header, then one change a line
 *
 * Invariants:
 *  1. Only who holds the lock writes. Readers need none: they take whole lines only, and the snapshot is replaced by rename.
 *  2. A snapshot of generation g stands together with log g. Replacing the snapshot is the moment of the change; the new,
 *     empty log was made before, the old one is removed after.
 *  3. A change is acknowledged after it was flushed. What was not flushed was not acknowledged: a torn last line is moved to
 *     `torn-…` and reported, and so is a line that cannot be read.
 */
export class JsonStore {
  readonly path: string;
  readonly lockPath: string;
  readonly #ports: MemoryPorts;
  #table = new MemoryTable();
  #generation = 0;
  /** Bytes of the log that were read, all of them whole lines. */
  #offset = 0;
  #logged = 0;
  /** Of the log that is appended to. */
  #logFormat = PLAIN_FORMAT;
  #loads = 0;
  #swept = false;
  #appending: { readonly generation: number; readonly handle: AppendHandle } | undefined;
  #reported = new Set<string>();

  private constructor(path: string, ports: MemoryPorts) {
    this.path = path;
    this.lockPath = `${path}/lock`;
    this.#ports = ports;
  }

  /** Rejects with `memory.unavailable` when the files were written by a newer version or cannot be reached. */
  static async open(path: string, ports: MemoryPorts): Promise<JsonStore> {
    const store = new JsonStore(path.replace(/[\\/]+$/, ""), ports);
    try {
      await ports.files.makeDirectory(store.path);
      await store.#load();
    } catch (failure) {
      if (failure instanceof AiosError) throw failure;
      throw new AiosError("memory.unavailable", `cannot use the memory in ${path}: ${messageOf(failure)}`, {
        cause: failure,
      });
    }
    return store;
  }

  get table(): MemoryTable {
    return this.#table;
  }

  get revision(): string {
    return `${String(this.#loads)}.${String(this.#table.changes)}`;
  }

  /** What changed after a revision; `undefined` when only looking at everything tells. */
  changedSince(revision: string): Changed | undefined {
    const [loads = "", changes = ""] = revision.split(".");
    return loads === String(this.#loads) ? changedIn(this.#table, Number(changes), this.revision) : undefined;
  }

  /** Takes over what other processes have written since. */
  async refresh(): Promise<void> {
    // Whoever was killed while compacting left the old log as it was, and perhaps a snapshot that no longer goes with it.
    if (await this.#ports.files.exists(this.#logPath(this.#generation + 1))) {
      this.#swept = false;
      return this.#load();
    }
    const facts = await this.#ports.files.stat(this.#logPath(this.#generation));
    if (facts !== undefined && facts.sizeBytes === this.#offset && this.#offset > 0) return;
    const isNew = facts === undefined && this.#generation === 0 && this.#offset === 0;
    if (isNew && !(await this.#ports.files.exists(this.#snapshotPath))) return;
    if (facts === undefined || facts.sizeBytes < this.#offset) return this.#load();
    await this.#readLog();
  }

  /** Sets a torn last line aside. Under the lock only: elsewhere it may be a line that is just being written. */
  async repair(): Promise<void> {
    await this.#sweep();
    const path = this.#logPath(this.#generation);
    const facts = await this.#ports.files.stat(path);
    if (facts === undefined || facts.sizeBytes === this.#offset) return;
    const torn = await collect(this.#ports.files.stream(path, { start: this.#offset }));
    await this.#setAside("torn", this.#offset, torn);
    if (this.#offset > 0) await (await this.#handle()).truncate(this.#offset);
  }

  /** Removes logs and drafts that a crash left behind in the middle of a compaction: they may hold what was to be forgotten. */
  async #sweep(): Promise<void> {
    if (this.#swept) return;
    for (const name of await this.#ports.files.list(this.path)) {
      const generation = /^log-(\d+)\.jsonl$/.exec(name)?.[1];
      if ((generation !== undefined && Number(generation) !== this.#generation) || DRAFT.test(name))
        await this.#ports.files.remove(`${this.path}/${name}`);
    }
    this.#swept = true;
  }

  /** Writes what each decides, one seeing the effect of those before it, with one flush. Under the lock only. */
  async commit(decisions: readonly (() => readonly Change[])[]): Promise<void> {
    const lines: string[] = [];
    const erased: string[] = [];
    let format = PLAIN_FORMAT;
    const previous = this.#table;
    try {
      for (const decide of decisions) {
        for (const next of decide()) {
          this.#table.apply(next);
          lines.push(`${JSON.stringify(next)}\n`);
          if (next.op === "remove") erased.push(next.id);
          if (next.op === "vector" || next.op === "unvector") format = FORMAT;
        }
      }
      if (lines.length === 0) return;
      const outgrown = this.#logged + lines.length > COMPACT_AT_LEAST + COMPACT_FACTOR * previous.size;
      // A log that an older engine could open must not hold what it could not read.
      if (erased.length > 0 || outgrown || format > this.#logFormat) await this.#compact();
      else await this.#append(lines);
      await forgetSetAside(this.#ports.files, this.path, erased);
    } catch (failure) {
      // The state in memory may be ahead of the disk now: what was acknowledged is what can be read back.
      await this.#load();
      throw failure;
    }
  }

  async close(): Promise<void> {
    const appending = this.#appending;
    this.#appending = undefined;
    await appending?.handle.close();
  }

  get #format(): number {
    return this.#table.vectorCounts().size === 0 ? PLAIN_FORMAT : FORMAT;
  }

  get #snapshotPath(): string {
    return `${this.path}/snapshot.jsonl`;
  }

  #logPath(generation: number): string {
    return `${this.path}/log-${String(generation)}.jsonl`;
  }

  async #load(): Promise<void> {
    for (;;) {
      this.#table = new MemoryTable();
      this.#loads += 1;
      this.#offset = 0;
      this.#logged = 0;
      const snapshot = await this.#ports.files.read(this.#snapshotPath);
      this.#generation = snapshot === undefined ? 0 : this.#readSnapshot(snapshot);
      await this.#readLog();
      // A log that is missing beside its snapshot was compacted away while we read: the snapshot is newer now.
      if (this.#offset > 0 || this.#generation === 0) return;
      if (this.#generationOf(await this.#ports.files.read(this.#snapshotPath)) === this.#generation) return;
    }
  }

  #readSnapshot(bytes: Uint8Array): number {
    const { lines } = wholeLines(bytes);
    const header = this.#header(lines[0]?.text, "aios.memory.snapshot", this.#snapshotPath);
    for (const line of lines.slice(1)) this.#apply(line, this.#snapshotPath);
    return header.generation;
  }

  #generationOf(bytes: Uint8Array | undefined): number {
    if (bytes === undefined) return 0;
    return this.#header(wholeLines(bytes).lines[0]?.text, "aios.memory.snapshot", this.#snapshotPath).generation;
  }

  async #readLog(): Promise<void> {
    const path = this.#logPath(this.#generation);
    const bytes = await collect(this.#ports.files.stream(path, { start: this.#offset }));
    const { lines, length } = wholeLines(bytes);
    for (const line of lines) {
      const at = this.#offset + line.start;
      if (at === 0) this.#logFormat = this.#header(line.text, "aios.memory.log", path).version;
      else if (this.#apply({ text: line.text, start: at }, path)) this.#logged += 1;
    }
    this.#offset += length;
  }

  #header(text: string | undefined, format: string, path: string): Header {
    const header = parseLine(text ?? "");
    if (!isHeader(header) || header.format !== format) {
      throw new AiosError(
        "memory.unavailable",
        `${path} does not begin as a memory file: move it away, or restore a backup`,
      );
    }
    if (header.version > FORMAT) {
      throw new AiosError(
        "memory.unavailable",
        `${path} was written by a newer version of the engine (format ${String(header.version)})`,
      );
    }
    return header;
  }

  #apply(line: Line, path: string): boolean {
    const read = change.safeParse(parseLine(line.text));
    if (read.success) this.#table.apply(read.data);
    else this.#report(line, path);
    return read.success;
  }

  #report(line: Line, path: string): void {
    const name = `${path}:${String(line.start)}`;
    if (this.#reported.has(name)) return;
    this.#reported.add(name);
    this.#ports.log.warn("a line of the memory cannot be read and is left out", { path, atByte: line.start });
    this.#setAside("unreadable", line.start, encoder.encode(`${line.text}\n`)).catch((failure: unknown) => {
      this.#ports.log.error("an unreadable line of the memory could not be set aside", {
        path,
        failure: messageOf(failure),
      });
    });
  }

  async #setAside(what: "torn" | "unreadable", at: number, bytes: Uint8Array): Promise<void> {
    const path = `${this.path}/${what}-${String(this.#generation)}-${String(at)}.txt`;
    await this.#ports.files.write(path, bytes, { mode: 0o600 });
    if (what === "torn")
      this.#ports.log.warn("the memory's last line was torn and has been set aside", { path, bytes: bytes.length });
  }

  async #append(lines: readonly string[]): Promise<void> {
    if (this.#offset === 0) await this.#begin();
    const handle = await this.#handle();
    const bytes = encoder.encode(lines.join(""));
    await handle.write(bytes);
    await handle.sync();
    this.#offset += bytes.length;
    this.#logged += lines.length;
  }

  async #begin(): Promise<void> {
    await this.close();
    this.#logFormat = this.#format;
    const header = headerLine("log", this.#logFormat, this.#generation);
    await this.#ports.files.write(this.#logPath(this.#generation), header, { mode: 0o600 });
    this.#offset = encoder.encode(header).length;
  }

  async #handle(): Promise<AppendHandle> {
    if (this.#appending?.generation === this.#generation) return this.#appending.handle;
    await this.close();
    const handle = await this.#ports.files.append(this.#logPath(this.#generation));
    this.#appending = { generation: this.#generation, handle };
    return handle;
  }

  /** After this no file holds what was removed. */
  async #compact(): Promise<void> {
    const [old, next] = [this.#generation, this.#generation + 1];
    const format = this.#format;
    const log = headerLine("log", format, next);
    await this.#ports.files.write(this.#logPath(next), log, { mode: 0o600 });
    await this.#ports.files.write(
      this.#snapshotPath,
      [headerLine("snapshot", format, next), ...stateLines(this.#table)].join(""),
      { mode: 0o600 },
    );
    this.#logFormat = format;
    this.#generation = next;
    this.#offset = encoder.encode(log).length;
    this.#logged = 0;
    await this.close();
    await this.#ports.files.remove(this.#logPath(old));
  }
}

function headerLine(kind: "log" | "snapshot", version: number, generation: number): string {
  return `${JSON.stringify({ format: `aios.memory.${kind}`, version, generation })}\n`;
}

function* stateLines(table: MemoryTable): Iterable<string> {
  for (const one of table.state()) yield `${JSON.stringify(one)}\n`;
}
