import type { CandidateQuestion, Candidates, MemoryBackend } from "../backend.ts";
import { confidenceOf, idOf, type StoredItem, type StoredLink } from "../item.ts";
import { VectorIndex } from "../meaning/vector-index.ts";
import { LexicalIndex } from "../ranking/lexical-index.ts";
import type { ItemScope } from "../scope.ts";

/** The form that the first version's users wrote a backend of their own in. */
export interface TwoMethodBackend {
  /** Keeps a value under a key; the same key again replaces it. `content` is empty once it is to be forgotten. */
  store(key: string, value: { readonly content: string }, metadata: Readonly<Record<string, unknown>>): unknown;
  /** The keys, or things with a `key`, that answer a text best; at most `topK`. */
  query(text: string, topK: number): Promise<Iterable<Found>> | Iterable<Found>;
}
type Found = string | { readonly key: string };

/**
 * A backend of two methods behind the port. It is told every item and finds the candidates; what it cannot do, to read one
 * item, to link, to remove and to write over a certain version, is done in a ledger. Spaces, validity and ranking stand
 * above it, so that what it finds for somebody who may not see it is not answered. It is told to forget by storing nothing
 * under the key: whether it keeps copies is its own affair.
 */
export class TwoMethodAdapter implements MemoryBackend {
  readonly name = "two-method";
  readonly #backend: TwoMethodBackend;
  readonly #ledger: MemoryBackend;

  /** @param ledger closed with the adapter */
  constructor(backend: TwoMethodBackend, ledger: MemoryBackend) {
    this.#backend = backend;
    this.#ledger = ledger;
  }

  get capabilities() {
    return this.#ledger.capabilities;
  }

  get vectors() {
    return this.#ledger.vectors;
  }

  async upsert(item: StoredItem, expected?: number): Promise<"written" | "conflict"> {
    const answer = await this.#ledger.upsert(item, expected);
    if (answer === "written") {
      const { content, title, category, tags, space, kind } = item;
      const about = { title, category, tags, space, kind, confidence: confidenceOf(item) };
      await this.#backend.store(idOf(item), { content }, about);
    }
    return answer;
  }

  async remove(id: string): Promise<boolean> {
    await this.#backend.store(id, { content: "" }, { forgotten: true });
    return this.#ledger.remove(id);
  }

  /** What it finds is ranked by meaning too, where that was asked for. */
  async candidates({ question, meaning, limit }: CandidateQuestion): Promise<Candidates> {
    const found = await this.#backend.query([...question.words.keys()].join(" "), limit);
    const ids = [...found].map((one) => (typeof one === "string" ? one : one.key));
    const items = [...(await this.#ledger.getAll(ids)).values()];
    const index = new LexicalIndex();
    for (const item of items) index.put(item);
    const kept = meaning && this.vectors?.all?.(meaning.by);
    if (meaning === undefined || kept === undefined) return { index };
    const vectors = new VectorIndex();
    for (const item of items) {
      const vector = kept.get(idOf(item));
      if (vector !== undefined) vectors.put(item, vector);
    }
    return { index, nearness: vectors.nearnessTo(meaning.vector) };
  }

  get(id: string): Promise<StoredItem | undefined> {
    return this.#ledger.get(id);
  }

  getAll(ids: readonly string[]): Promise<ReadonlyMap<string, StoredItem>> {
    return this.#ledger.getAll(ids);
  }

  scan(scope?: ItemScope): AsyncIterable<StoredItem> {
    return this.#ledger.scan(scope);
  }

  revision(): Promise<string> {
    return this.#ledger.revision();
  }

  link(link: StoredLink): Promise<void> {
    return this.#ledger.link(link);
  }

  unlink(from: string, to: string, matches: (link: StoredLink) => boolean): Promise<number> {
    return this.#ledger.unlink(from, to, matches);
  }

  neighbours(ids: readonly string[]): Promise<readonly StoredLink[]> {
    return this.#ledger.neighbours(ids);
  }

  close(): Promise<void> {
    return this.#ledger.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
