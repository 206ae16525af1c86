import type { MemoryBackend } from "./backend.ts";
import type { StoredItem } from "./item.ts";
import { LexicalIndex } from "./ranking/lexical-index.ts";

/** How many candidates a backend with an index of its own is asked for. */
const CANDIDATES = 200;

/** Keeps what is needed to search in step with the backend. */
export class Search {
  readonly #backend: MemoryBackend;
  readonly #index = new LexicalIndex();
  #items: readonly StoredItem[] = [];
  #revision: string | undefined;
  #indexed: string | undefined;
  #reading: Promise<void> | undefined;

  constructor(backend: MemoryBackend) {
    this.#backend = backend;
  }

  /** Every item, as new as the backend's latest confirmed change. */
  async items(): Promise<StoredItem[]> {
    await this.#follow();
    return [...this.#items];
  }

  /** An index that holds whatever could answer the text. */
  async index(text: string): Promise<LexicalIndex> {
    if (this.#backend.searchText !== undefined) {
      const index = new LexicalIndex();
      index.sync(await this.#backend.searchText(text, CANDIDATES));
      return index;
    }
    await this.#follow();
    if (this.#indexed !== this.#revision) {
      this.#index.sync(this.#items);
      this.#indexed = this.#revision;
    }
    return this.#index;
  }

  async #follow(): Promise<void> {
    // One read at a time; who comes while one runs waits for it and then asks for the revision anew.
    while (this.#reading !== undefined) await this.#reading;
    const revision = await this.#backend.revision();
    if (revision === this.#revision || this.#reading !== undefined) return this.#reading;
    this.#reading = this.#read(revision).finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #read(revision: string): Promise<void> {
    const items: StoredItem[] = [];
    for await (const item of this.#backend.scan()) items.push(item);
    this.#items = items;
    this.#revision = revision;
  }
}
