import { AiosError } from "../../kernel/errors.ts";
import type { Hash } from "../../kernel/hash.ts";
import type { CandidateQuestion, Candidates, Changed, MemoryBackend } from "../backend.ts";
import { idOf, type StoredItem, type StoredLink } from "../item.ts";
import type { ItemScope } from "../scope.ts";
import { copyAgain, copyAll, copyVectors } from "./copy.ts";
import type { MemorySum, Migration } from "./report.ts";
import { sumOf } from "./sum.ts";

export interface SwitchingDeps {
  readonly hash: Hash;
  /** Opens the backend of that name. */
  readonly open: (name: string) => Promise<MemoryBackend>;
  /** Makes the move outlive the process; once it resolves the next start opens the new backend. */
  readonly settle: (migration: Migration) => Promise<void>;
  /** Removes an item from the files that a memory which moved away from them left behind. */
  readonly forgetBehind: (current: string, id: string) => Promise<void>;
}

/**
 * A memory that can move to another backend while it is used. Until the move is settled the old backend serves and has
 * everything: a crash or a failure before leaves it in force, and the move can be tried again.
 */
export class SwitchingBackend implements MemoryBackend {
  readonly #deps: SwitchingDeps;
  #current: MemoryBackend;
  /** Items that were touched since the copying began; `undefined` while nothing is moved. */
  #touched: Set<string> | undefined;
  /** Writes wait here while the last changes go over. */
  #gate: Promise<void> | undefined;
  #writing = 0;
  #moves = 0;
  #quiet: (() => void) | undefined;

  constructor(current: MemoryBackend, deps: SwitchingDeps) {
    this.#current = current;
    this.#deps = deps;
  }

  get name() {
    return this.#current.name;
  }

  get capabilities() {
    return this.#current.capabilities;
  }

  get candidates(): ((question: CandidateQuestion) => Promise<Candidates>) | undefined {
    const backend = this.#current;
    return backend.candidates === undefined ? undefined : (question) => this.#candidatesOf(backend, question);
  }

  get vectors() {
    return this.#current.vectors;
  }

  upsert(item: StoredItem, expected?: number): Promise<"written" | "conflict"> {
    return this.#write([idOf(item)], () => this.#current.upsert(item, expected));
  }

  get(id: string): Promise<StoredItem | undefined> {
    return this.#current.get(id);
  }

  getAll(ids: readonly string[]): Promise<ReadonlyMap<string, StoredItem>> {
    return this.#current.getAll(ids);
  }

  remove(id: string): Promise<boolean> {
    return this.#write([id], async () => {
      const wasThere = await this.#current.remove(id);
      await this.#deps.forgetBehind(this.#current.name, id);
      return wasThere;
    });
  }

  scan(scope?: ItemScope): AsyncIterable<StoredItem> {
    return this.#current.scan(scope);
  }

  async revision(): Promise<string> {
    const [prefix, backend] = [this.#prefix, this.#current];
    return `${prefix}${await backend.revision()}`;
  }

  async changedSince(revision: string): Promise<Changed | undefined> {
    const [prefix, backend] = [this.#prefix, this.#current];
    if (!revision.startsWith(prefix)) return undefined;
    const changed = await backend.changedSince?.(revision.slice(prefix.length));
    return changed && { ...changed, revision: `${prefix}${changed.revision}` };
  }

  link(link: StoredLink): Promise<void> {
    return this.#write([link.from, link.to], () => this.#current.link(link));
  }

  unlink(from: string, to: string, matches: (link: StoredLink) => boolean): Promise<number> {
    return this.#write([from, to], () => this.#current.unlink(from, to, matches));
  }

  neighbours(ids: readonly string[]): Promise<readonly StoredLink[]> {
    return this.#current.neighbours(ids);
  }

  health() {
    return this.#current.health?.() ?? { state: "ready" as const };
  }

  /**
   * Copies everything, holds writes while the last changes go over, compares counts and checksums, and only then serves from
   * the new backend. Rejects with `memory.conflict` while another move runs, when the target holds something else, and when
   * what arrived is not what was sent; with `memory.unavailable` when either side is away. The old backend serves on then.
   */
  async moveTo(name: string): Promise<Migration> {
    if (this.#touched !== undefined) throw new AiosError("memory.conflict", "the memory is being moved already");
    if (name === this.name) throw new AiosError("memory.conflict", `the memory is on ${name} already`);
    demandReady(this);
    const source = this.#current;
    const touched = new Set<string>();
    this.#touched = touched;
    let target: MemoryBackend | undefined;
    let open: (() => void) | undefined;
    try {
      target = await this.#deps.open(name);
      demandReady(target);
      const useOutbox = target.withoutOutbox?.();
      await copyAll(source, target);
      const vectors = await copyVectors(source, target);
      this.#gate = new Promise((resolve) => {
        open = resolve;
      });
      await this.#quietness();
      await copyAgain(source, target, [...touched]);
      const migration = { ...(await compared(source, target, this.#deps.hash)), vectors };
      await this.#deps.settle(migration);
      useOutbox?.();
      this.#current = target;
      this.#moves += 1;
      target = source;
      return migration;
    } finally {
      this.#touched = undefined;
      this.#gate = undefined;
      open?.();
      await target?.close();
    }
  }

  close(): Promise<void> {
    return this.#current.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A backend that is moved to again begins to count anew: its revisions are told from those of before. */
  get #prefix(): string {
    return `${String(this.#moves)}.${this.#current.name}:`;
  }

  #candidatesOf(backend: MemoryBackend, question: CandidateQuestion): Promise<Candidates> {
    if (backend.candidates === undefined) throw new AiosError("memory.unavailable", "the memory was moved meanwhile");
    return backend.candidates(question);
  }

  async #write<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    while (this.#gate !== undefined) await this.#gate;
    this.#writing += 1;
    for (const id of ids) this.#touched?.add(id);
    try {
      return await work();
    } finally {
      this.#writing -= 1;
      if (this.#writing === 0) this.#quiet?.();
    }
  }

  /** Resolves when no write is under way; the gate keeps new ones out. */
  async #quietness(): Promise<void> {
    if (this.#writing === 0) return;
    await new Promise<void>((resolve) => {
      this.#quiet = resolve;
    });
    this.#quiet = undefined;
  }
}

function demandReady(backend: MemoryBackend): void {
  const health = backend.health?.();
  if (health?.state === "degraded") throw new AiosError("memory.unavailable", health.why);
}

async function compared(source: MemoryBackend, target: MemoryBackend, hash: Hash): Promise<Omit<Migration, "vectors">> {
  const [sent, arrived] = [await sumOf(source, hash), await sumOf(target, hash)];
  if (sent.checksum === arrived.checksum && sent.items === arrived.items && sent.links === arrived.links)
    return { from: source.name, to: target.name, ...arrived };
  const say = ({ items, links, checksum }: MemorySum) => `${items} items, ${links} links, ${checksum.slice(0, 12)}`;
  throw new AiosError("memory.conflict", `${say(sent)} were sent, ${say(arrived)} arrived: nothing was switched`);
}
