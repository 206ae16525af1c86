import type { AskedMeaning, CandidateQuestion, Candidates, MemoryBackend } from "./backend.ts";
import type { Glossary } from "./glossary/glossary.ts";
import type { StoredItem } from "./item.ts";
import type { Meaning } from "./meaning/meaning.ts";
import { VectorIndex } from "./meaning/vector-index.ts";
import type { KeptVector } from "./meaning/vectors.ts";
import { LexicalIndex } from "./ranking/lexical-index.ts";
import type { Nearness } from "./ranking/nearness.ts";
import { type ItemScope, isInScope } from "./scope.ts";

/**
 * Keeps what is needed to search in step with the backend. Of a backend that has an index of its own nothing is kept here;
 * of any other, everything.
 */
export class Search {
  readonly glossary: Glossary;
  /** Where an embedder is configured. */
  readonly meaning: Meaning | undefined;
  readonly #backend: MemoryBackend;
  readonly #index = new LexicalIndex();
  readonly #vectors = new VectorIndex();
  #items: readonly StoredItem[] = [];
  #revision: string | undefined;
  #indexed: string | undefined;
  /** What the vectors' index was made of. */
  #vectored: { readonly items: readonly StoredItem[]; readonly vectors: ReadonlyMap<string, KeptVector> } | undefined;
  #reading: Promise<void> | undefined;

  constructor(backend: MemoryBackend, glossary: Glossary, meaning?: Meaning) {
    this.#backend = backend;
    this.glossary = glossary;
    this.meaning = meaning;
  }

  /** Every item of the scope, as new as the backend's latest confirmed change. */
  async items(scope: ItemScope = {}): Promise<StoredItem[]> {
    if (this.#backend.candidates === undefined) {
      await this.#follow();
      return this.#items.filter((item) => isInScope(item, scope));
    }
    const items: StoredItem[] = [];
    for await (const item of this.#backend.scan(scope)) if (isInScope(item, scope)) items.push(item);
    return items;
  }

  /** What could answer a question. */
  async find(question: CandidateQuestion): Promise<Candidates> {
    if (this.#backend.candidates === undefined) {
      await this.#follow();
      if (this.#indexed !== this.#revision) {
        this.#index.sync(this.#items);
        this.#indexed = this.#revision;
      }
      return { index: this.#index, nearness: this.#nearness(question.meaning) };
    }
    return this.#backend.candidates(question);
  }

  #nearness(meaning: AskedMeaning | undefined): Nearness | undefined {
    const vectors = meaning === undefined ? undefined : this.#backend.vectors?.all?.(meaning.by);
    if (meaning === undefined || vectors === undefined) return undefined;
    const items = this.#items;
    if (this.#vectored?.items !== items || this.#vectored.vectors !== vectors) {
      this.#vectors.sync(items, vectors);
      this.#vectored = { items, vectors };
    }
    return this.#vectors.nearnessTo(meaning.vector);
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
