import { z } from "zod";
import { AiosError } from "../../kernel/errors.ts";
import type { Changed, MemoryBackend } from "../backend.ts";
import { idOf, linkId, type StoredItem, type StoredLink } from "../item.ts";
import { backendKind } from "./kind.ts";
import { changedIn, endless, MemoryTable } from "./table.ts";
import { tableVectors } from "./table-vectors.ts";

/** Memory that ends with the process: for tests, trials and embedded use. */
export const volatile = backendKind({
  name: "volatile",
  options: z.strictObject({}),
  open: () => Promise.resolve(new VolatileBackend()),
});

class VolatileBackend implements MemoryBackend {
  readonly name = "volatile";
  readonly capabilities = { durable: false, shared: false, outbox: false };
  readonly #table = new MemoryTable();
  readonly vectors = tableVectors({
    table: () => this.#use(),
    refresh: () => Promise.resolve(),
    write: async (decide) => {
      for (const change of decide()) this.#use().apply(change);
    },
  });
  #open = true;

  async upsert(item: StoredItem, expected?: number): Promise<"written" | "conflict"> {
    const table = this.#use();
    if (!table.fits(idOf(item), expected)) return "conflict";
    table.apply({ op: "put", item });
    return "written";
  }

  async get(id: string): Promise<StoredItem | undefined> {
    return this.#use().get(id);
  }

  async getAll(ids: readonly string[]): Promise<ReadonlyMap<string, StoredItem>> {
    return this.#use().getAll(ids);
  }

  async remove(id: string): Promise<boolean> {
    const table = this.#use();
    if (table.get(id) === undefined) return false;
    table.apply({ op: "remove", id });
    return true;
  }

  async *scan(): AsyncIterable<StoredItem> {
    yield* [...this.#use().items()];
  }

  async revision(): Promise<string> {
    return String(this.#use().changes);
  }

  async changedSince(revision: string): Promise<Changed | undefined> {
    return changedIn(this.#use(), Number(revision), String(this.#use().changes));
  }

  async link(link: StoredLink): Promise<void> {
    const table = this.#use();
    if (!table.hasEndsOf(link)) throw endless(link);
    table.apply({ op: "link", link });
  }

  async unlink(from: string, to: string, matches: (link: StoredLink) => boolean): Promise<number> {
    const ids = this.#use().linksBetween(from, to).filter(matches).map(linkId);
    if (ids.length > 0) this.#table.apply({ op: "unlink", ids });
    return ids.length;
  }

  async neighbours(ids: readonly string[]): Promise<readonly StoredLink[]> {
    return this.#use().linksAt(ids);
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #use(): MemoryTable {
    if (!this.#open) throw new AiosError("memory.unavailable", "the memory was closed");
    return this.#table;
  }
}
