import type { AskedMeaning, CandidateQuestion, Candidates, MemoryBackend } from "./backend.ts";
import type { Glossary } from "./glossary/glossary.ts";
import { idOf, type StoredItem } from "./item.ts";
import type { Meaning } from "./meaning/meaning.ts";
import { VectorIndex } from "./meaning/vector-index.ts";
import type { KeptVector } from "./meaning/vectors.ts";
import { LexicalIndex } from "./ranking/lexical-index.ts";
import type { Nearness } from "./ranking/nearness.ts";
import { type ItemScope, isInScope } from "./scope.ts";

/** When more than this share of what is indexed says something else now, all of it is indexed anew. */
const ANEW = 0.5;

/**
 * Keeps what is needed to search in step with the backend: a question after a write costs what the write changed. Of a
 * backend that has an index of its own nothing is kept here; of any other, everything.
 */
export class Search {
  readonly glossary: Glossary;
  /** Where an embedder is configured. */
  readonly meaning: Meaning | undefined;
  readonly #backend: MemoryBackend;
  #items = new Map<string, StoredItem>();
  #revision: string | undefined;
  #index = new LexicalIndex();
  /** Items that changed since the index was last asked. */
  readonly #unindexed = new Set<string>();
  #vectors: { readonly by: string; readonly index: VectorIndex } | undefined;
  /** Items that changed, or whose vectors did, since the vectors were last asked. */
  readonly #uncompared = new Set<string>();
  /** The end of the queue of looks at the backend. */
  #turn: Promise<unknown> = Promise.resolve();
  #nextLook: Promise<void> | undefined;

  constructor(backend: MemoryBackend, glossary: Glossary, meaning?: Meaning) {
    this.#backend = backend;
    this.glossary = glossary;
    this.meaning = meaning;
  }

  /** Every item of the scope, as new as the backend's latest confirmed change. */
  async items(scope: ItemScope = {}): Promise<StoredItem[]> {
    const items: StoredItem[] = [];
    if (this.#backend.candidates === undefined) {
      await this.#follow();
      for (const item of this.#items.values()) if (isInScope(item, scope)) items.push(item);
    } else for await (const item of this.#backend.scan(scope)) if (isInScope(item, scope)) items.push(item);
    return items;
  }

  /** What could answer a question. */
  async find(question: CandidateQuestion): Promise<Candidates> {
    if (this.#backend.candidates !== undefined) return this.#backend.candidates(question);
    await this.#follow();
    this.#bringUpToDate();
    return { index: this.#index, nearness: this.#nearness(question.meaning) };
  }

  #bringUpToDate(): void {
    const isAnew = this.#isMostlyNew();
    if (isAnew) this.#index = new LexicalIndex();
    for (const id of isAnew ? this.#items.keys() : this.#unindexed) {
      const item = this.#items.get(id);
      if (item === undefined) this.#index.drop(id);
      else this.#index.put(item);
    }
    this.#unindexed.clear();
  }

  /** To say something else costs twice what it costs to be new: once to be taken out, once to be taken in. */
  #isMostlyNew(): boolean {
    const least = ANEW * this.#index.size;
    if (this.#unindexed.size <= least) return false;
    const saysElse = (id: string) => {
      const item = this.#items.get(id);
      return item === undefined || !this.#index.says(item);
    };
    return [...this.#unindexed].filter(saysElse).length > least;
  }

  #nearness(meaning: AskedMeaning | undefined): Nearness | undefined {
    const kept = meaning === undefined ? undefined : this.#backend.vectors?.all?.(meaning.by);
    if (meaning === undefined || kept === undefined) return undefined;
    const isNew = this.#vectors?.by !== meaning.by;
    if (isNew || this.#vectors === undefined) this.#vectors = { by: meaning.by, index: new VectorIndex() };
    const { index } = this.#vectors;
    for (const id of isNew ? this.#items.keys() : this.#uncompared) this.#compare(index, id, kept.get(id));
    this.#uncompared.clear();
    return index.nearnessTo(meaning.vector);
  }

  #compare(index: VectorIndex, id: string, kept: KeptVector | undefined): void {
    const item = this.#items.get(id);
    if (item === undefined || kept === undefined) index.drop(id);
    else index.put(item, kept);
  }

  /** Who asks while a look has not begun shares it; nobody is served by one that began before they asked. */
  #follow(): Promise<void> {
    this.#nextLook ??= this.#inTurn(() => {
      this.#nextLook = undefined;
      return this.#look();
    });
    return this.#nextLook;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #look(): Promise<void> {
    const changed = this.#revision === undefined ? undefined : await this.#backend.changedSince?.(this.#revision);
    if (changed === undefined) return this.#lookAtAll();
    this.#revision = changed.revision;
    for (const [id, item] of changed.items) this.#take(id, item);
  }

  async #lookAtAll(): Promise<void> {
    const revision = await this.#backend.revision();
    if (revision === this.#revision) return;
    const found = new Map<string, StoredItem>();
    for await (const item of this.#backend.scan()) found.set(idOf(item), item);
    const gone = [...this.#items.keys()].filter((id) => !found.has(id));
    for (const id of gone) this.#take(id, undefined);
    for (const [id, item] of found) this.#take(id, item);
    this.#revision = revision;
  }

  /** Whatever did not change is the same object as last time. */
  #take(id: string, item: StoredItem | undefined): void {
    this.#uncompared.add(id);
    if (this.#items.get(id) === item) return;
    if (item === undefined) this.#items.delete(id);
    else this.#items.set(id, item);
    this.#unindexed.add(id);
  }
}
