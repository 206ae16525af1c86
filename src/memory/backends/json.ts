import { z } from "zod";
import { AiosError } from "../../kernel/errors.ts";
import type { Changed, MemoryBackend } from "../backend.ts";
import { idOf, linkId, type StoredItem, type StoredLink } from "../item.ts";
import { JsonStore } from "./json-store.ts";
import { backendKind, type MemoryPorts } from "./kind.ts";
import { type Change, endless } from "./table.ts";
import { tableVectors } from "./table-vectors.ts";

const options = z.strictObject({
  /** Directory of the memory's files; it is made when missing. */
  path: z.string().min(1),
});

/** Memory in two files of one directory: an append-only log, and a snapshot that replaces what it has outgrown. */
export const json = backendKind({
  name: "json",
  options,
  open: async ({ path }, ports) => new JsonBackend(await JsonStore.open(path, ports), ports),
});

/** How long a write waits for another process before it gives up. */
const LOCK_WAIT_MS = 10_000;

interface Pending {
  /** What is to be written, decided on the newest state, under the lock. */
  readonly decide: () => readonly Change[];
  readonly resolve: () => void;
  readonly reject: (failure: unknown) => void;
}

class JsonBackend implements MemoryBackend {
  readonly name = "json";
  readonly capabilities = { durable: true, shared: true, outbox: false };
  readonly #store: JsonStore;
  readonly #ports: MemoryPorts;
  readonly vectors = tableVectors({
    table: () => this.#store.table,
    refresh: () => this.#refresh(),
    write: (decide) => this.#write(decide),
  });
  #pending: Pending[] = [];
  /** The end of the queue in which looks at the disk and writes follow each other. */
  #turn: Promise<unknown> = Promise.resolve();
  #nextLook: Promise<void> | undefined;
  #open = true;

  constructor(store: JsonStore, ports: MemoryPorts) {
    this.#store = store;
    this.#ports = ports;
  }

  async upsert(item: StoredItem, expected?: number): Promise<"written" | "conflict"> {
    let answer: "written" | "conflict" = "conflict";
    await this.#write(() => {
      if (!this.#store.table.fits(idOf(item), expected)) return [];
      answer = "written";
      return [{ op: "put", item }];
    });
    return answer;
  }

  async get(id: string): Promise<StoredItem | undefined> {
    await this.#refresh();
    return this.#store.table.get(id);
  }

  async getAll(ids: readonly string[]): Promise<ReadonlyMap<string, StoredItem>> {
    await this.#refresh();
    return this.#store.table.getAll(ids);
  }

  async remove(id: string): Promise<boolean> {
    let found = false;
    await this.#write(() => {
      found = this.#store.table.get(id) !== undefined;
      return found ? [{ op: "remove", id }] : [];
    });
    return found;
  }

  async *scan(): AsyncIterable<StoredItem> {
    await this.#refresh();
    yield* [...this.#store.table.items()];
  }

  async revision(): Promise<string> {
    await this.#refresh();
    return this.#store.revision;
  }

  async changedSince(revision: string): Promise<Changed | undefined> {
    await this.#refresh();
    return this.#store.changedSince(revision);
  }

  async link(link: StoredLink): Promise<void> {
    let drawn = false;
    await this.#write(() => {
      drawn = this.#store.table.hasEndsOf(link);
      return drawn ? [{ op: "link", link }] : [];
    });
    if (!drawn) throw endless(link);
  }

  async unlink(from: string, to: string, matches: (link: StoredLink) => boolean): Promise<number> {
    let removed = 0;
    await this.#write(() => {
      const ids = this.#store.table.linksBetween(from, to).filter(matches).map(linkId);
      removed = ids.length;
      return removed === 0 ? [] : [{ op: "unlink", ids }];
    });
    return removed;
  }

  async neighbours(ids: readonly string[]): Promise<readonly StoredLink[]> {
    await this.#refresh();
    return this.#store.table.linksAt(ids);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#inTurn(() => this.#store.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Readers that ask while a look has not begun share it; none is served by one that began before it asked. */
  #refresh(): Promise<void> {
    this.#demandOpen();
    this.#nextLook ??= this.#inTurn(() => {
      this.#nextLook = undefined;
      return this.#store.refresh();
    });
    return this.#nextLook;
  }

  #write(decide: () => readonly Change[]): Promise<void> {
    this.#demandOpen();
    return new Promise((resolve, reject) => {
      this.#pending.push({ decide, resolve, reject });
      if (this.#pending.length === 1) void this.#inTurn(() => this.#drain());
    });
  }

  /** Everything that waits goes to disk under one lock and one flush. Never rejects: each writer learns its own fate. */
  async #drain(): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    try {
      await this.#guarded(() => this.#commit(batch));
      for (const { resolve } of batch) resolve();
    } catch (failure) {
      for (const { reject } of batch) reject(failure);
    }
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    const lock = await this.#ports.locks.acquire(this.#store.lockPath, { waitMs: LOCK_WAIT_MS });
    try {
      await this.#store.refresh();
      await this.#store.repair();
      await this.#store.commit(batch.map(({ decide }) => decide));
    } finally {
      await lock.release();
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => this.#guarded(work));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (failure) {
      if (failure instanceof AiosError) throw failure;
      throw new AiosError("memory.unavailable", `cannot use the memory in ${this.#store.path}`, { cause: failure });
    }
  }

  #demandOpen(): void {
    if (!this.#open) throw new AiosError("memory.unavailable", "the memory was closed");
  }
}
