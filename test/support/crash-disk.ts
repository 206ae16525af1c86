import type { AppendHandle, FileFacts, Files } from "../../src/kernel/files.ts";

const SECTOR = 512;

/** What a file is besides its names. */
interface Inode {
  /** As every process sees it. */
  now: Buffer;
  /** As the platter has it. */
  safe: Buffer;
}

interface NameChange {
  readonly unset?: string;
  readonly set?: readonly [path: string, inode: Inode];
}

/** One thing done to a disk that a crash can come before, after or into. */
export type Operation = "create" | "write" | "sync" | "truncate" | "rename" | "remove" | "replace" | "sync directory";

export interface DiskOptions {
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Told before each operation, counted from 1; `crash` ends everything there, an error is what the operation rejects with. */
  readonly before?: (operation: Operation, count: number, path: string) => "crash" | Error | undefined;
  /** What this disk says it has done and has not. */
  readonly ignores?: readonly Operation[];
  /** A file is read in pieces of so many bytes; few unless told, so that lines lie across them. */
  readonly pieceBytes?: number;
}

export class Crashed extends Error {
  override readonly name = "Crashed";
}

/** The state of a disk between two lives of a process. */
export interface Surviving {
  readonly names: ReadonlyMap<string, Inode>;
  readonly safeNames: ReadonlyMap<string, Inode>;
  readonly pending: readonly NameChange[];
}

/**
 * A disk that remembers what was synced and what was not. A killed process loses nothing that it wrote; when the power
 * goes, of what was not synced any sectors may be missing and any names may be old.
 */
export class CrashDisk implements Files {
  readonly #options: DiskOptions;
  readonly #names: Map<string, Inode>;
  #safeNames: Map<string, Inode>;
  #pending: NameChange[];
  #count = 0;
  #crashed = false;
  /** Every operation so far, in order. */
  readonly done: Operation[] = [];

  constructor(options: DiskOptions, before?: Surviving) {
    this.#options = options;
    this.#names = new Map(before?.names);
    this.#safeNames = new Map(before?.safeNames);
    this.#pending = [...(before?.pending ?? [])];
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** Every file as a process sees it now. */
  get now(): ReadonlyMap<string, Buffer> {
    return new Map([...this.#names].map(([path, inode]) => [path, inode.now]));
  }

  /** What the next process finds after this one was killed. */
  killed(): Surviving {
    this.#crashed = true;
    return { names: this.#names, safeNames: this.#safeNames, pending: this.#pending };
  }

  /** What is found after the power was cut. */
  cut(): Surviving {
    this.#crashed = true;
    const names = new Map(this.#safeNames);
    const lost = new Set<string>();
    for (const change of this.#pending) {
      const touched = [change.unset, change.set?.[0]].filter((name) => name !== undefined);
      // Changes of one name reach the platter in order; those of others in any.
      if (this.#options.random() < 0.5 && !touched.some((name) => lost.has(name))) apply(change, names);
      else for (const name of touched) lost.add(name);
    }
    const seen = new Map<Inode, Inode>();
    for (const [path, inode] of names) {
      const left = seen.get(inode) ?? this.#torn(inode);
      seen.set(inode, left);
      names.set(path, left);
    }
    return { names, safeNames: new Map(names), pending: [] };
  }

  #torn({ now, safe }: Inode): Inode {
    const { random } = this.#options;
    if (now === safe) return { now, safe };
    const most = Math.max(now.length, safe.length);
    const sizes = [now.length, safe.length, Math.floor((random() * most) / SECTOR) * SECTOR];
    const least = commonLength(now, safe);
    const size = Math.max(sizes[Math.floor(random() * 3)] ?? 0, Math.min(least, safe.length, now.length));
    const left = Buffer.alloc(size);
    for (let at = 0; at < size; at += SECTOR) {
      const from = random() < 0.5 ? now : safe;
      if (at < from.length) from.copy(left, at, at, Math.min(at + SECTOR, size, from.length));
      // What both have is there in any case, also where the sector's rest is not.
      if (at < least) now.copy(left, at, at, Math.min(least, at + SECTOR, size));
    }
    return { now: left, safe: left };
  }

  /** Runs one operation, which may be where everything ends; `part` is what a crash in its middle leaves. */
  #do(operation: Operation, path: string, whole: () => void, part: () => void = () => {}): void {
    if (this.#crashed) throw new Crashed("the machine is off");
    const verdict = this.#options.before?.(operation, ++this.#count, path);
    this.done.push(operation);
    if (verdict === "crash") {
      const moment = this.#options.random();
      if (moment < 0.4) part();
      else if (moment < 0.7) whole();
      this.#crashed = true;
      throw new Crashed(`in operation ${this.#count}: ${operation} ${path}`);
    }
    if (verdict !== undefined) {
      part();
      throw verdict;
    }
    if (this.#options.ignores?.includes(operation) !== true) whole();
  }

  #rename(change: NameChange): void {
    apply(change, this.#names);
    this.#pending.push(change);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#do("sync directory", path, () => {
      this.#safeNames = new Map(this.#names);
      this.#pending = [];
    });
  }

  async append(path: string): Promise<AppendHandle> {
    let inode = this.#names.get(path);
    if (inode === undefined) {
      const made = emptyInode();
      this.#do("create", path, () => this.#rename({ set: [path, made] }));
      inode = made;
    }
    await this.syncDirectory(path);
    return this.#handle(path, inode);
  }

  #handle(path: string, inode: Inode): AppendHandle {
    return {
      write: async (bytes) => {
        const add = (length: number) => {
          inode.now = Buffer.concat([inode.now, bytes.subarray(0, length)]);
        };
        const part = Math.floor(this.#options.random() * bytes.length);
        this.#do(
          "write",
          path,
          () => add(bytes.length),
          () => add(part),
        );
      },
      sync: async () => {
        this.#do("sync", path, () => {
          inode.safe = inode.now;
        });
      },
      truncate: async (size) => {
        this.#do("truncate", path, () => {
          inode.now = Buffer.concat([inode.now.subarray(0, size)]);
        });
      },
      close: async () => {},
    };
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(content as Uint8Array);
    this.#do("replace", path, () => this.#rename({ set: [path, { now: bytes, safe: bytes }] }));
    await this.syncDirectory(path);
  }

  async remove(path: string): Promise<void> {
    if (this.#names.has(path)) this.#do("remove", path, () => this.#rename({ unset: path }));
  }

  /** This disk keeps no permissions. */
  async setMode(): Promise<void> {}

  async rename(from: string, to: string): Promise<void> {
    const inode = this.#names.get(from);
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: ${from}`), { code: "ENOENT" });
    this.#do("rename", to, () => this.#rename({ unset: from, set: [to, inode] }));
    await this.syncDirectory(to);
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.#names.get(path)?.now;
  }

  async readText(path: string): Promise<string | undefined> {
    return this.#names.get(path)?.now.toString("utf8");
  }

  async *stream(path: string, { start = 0 }: { readonly start?: number } = {}): AsyncIterable<Uint8Array> {
    const inode = this.#names.get(path);
    const { pieceBytes = 300 } = this.#options;
    for (let at = start; inode !== undefined && at < inode.now.length; at += pieceBytes)
      yield inode.now.subarray(at, at + pieceBytes);
  }

  async list(directory: string): Promise<readonly string[]> {
    const inside = [...this.#names.keys()].filter((path) => path.startsWith(`${directory}/`));
    return [...new Set(inside.map((path) => path.slice(directory.length + 1).split("/", 1)[0] ?? ""))].sort();
  }

  async makeDirectory(): Promise<void> {}

  async exists(path: string): Promise<boolean> {
    return this.#names.has(path);
  }

  async realPath(path: string): Promise<string> {
    return path;
  }

  async stat(path: string): Promise<FileFacts | undefined> {
    const inode = this.#names.get(path);
    return inode && { sizeBytes: inode.now.length, modifiedAtMs: 0, mode: 0o600, kind: "file" };
  }
}

function emptyInode(): Inode {
  const empty = Buffer.alloc(0);
  return { now: empty, safe: empty };
}

function apply({ unset, set }: NameChange, names: Map<string, Inode>): void {
  if (unset !== undefined) names.delete(unset);
  if (set !== undefined) names.set(...set);
}

function commonLength(some: Buffer, others: Buffer): number {
  const most = Math.min(some.length, others.length);
  for (let at = 0; at < most; at++) if (some[at] !== others[at]) return at;
  return most;
}
