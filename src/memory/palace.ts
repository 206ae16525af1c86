import type { Clock } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import { canRead, canWrite, type Reader, refuseSelfPraise, spacesOf, writableSpace } from "./access.ts";
import type { BackendHealth, MemoryBackend } from "./backend.ts";
import { Care } from "./care.ts";
import { checked } from "./checked.ts";
import { type MemoryContext, packContext } from "./context.ts";
import { type Feedback, feedbackWith } from "./feedback.ts";
import { fieldTerms } from "./glossary/field-terms.ts";
import { Glossary } from "./glossary/glossary.ts";
import {
  historyOf,
  type ItemInput,
  type ItemPatch,
  idOf,
  itemId,
  itemInput,
  itemKey,
  itemPatch,
  type StoredItem,
  spaceName,
  storedItem,
} from "./item.ts";
import { Links } from "./links.ts";
import { EmbedderDesk } from "./meaning/desk.ts";
import type { Meaning } from "./meaning/meaning.ts";
import type { Migration } from "./migration/report.ts";
import type { Audience } from "./ranking/audiences.ts";
import { candidatesFor } from "./ranking/diversify.ts";
import { questionOf } from "./ranking/question.ts";
import { rank } from "./ranking/rank.ts";
import { type Ranked, signalNames, signalNamesWithMeaning } from "./ranking/ranked.ts";
import {
  type ContextRequest,
  contextRequest,
  type ItemFilter,
  itemFilter,
  type LinkOptions,
  type NeighbourOptions,
  type QueryOptions,
  queryOptions,
} from "./requests.ts";
import { type ItemScope, isInScope } from "./scope.ts";
import { Search } from "./search.ts";
import { type Sequel, sequelOf } from "./sequel.ts";
import { defined, described, substance } from "./substance.ts";
import { asksArchive, isAwake, tierOf } from "./tiers.ts";
import { exportMemory, type ImportAnswer, importMemory, type MemoryExport } from "./transfer.ts";
import { absent, type Change, type Effect, type InSpace, spaceIn, Vault } from "./vault.ts";
import { itemView, type MemoryItem, type MemoryPath, type Neighbour, type QueryAnswer } from "./view.ts";

export interface StoreAnswer {
  readonly item: MemoryItem;
  /** `unchanged`: the same value was there already, and nothing was written. */
  readonly effect: Effect;
}

export interface StoreOptions {
  /** Whose the item is; the caller's own space unless told. */
  readonly space?: string;
  /** `absent`: rejects with `memory.conflict` when the key is taken by other content. */
  readonly expect?: "absent";
}

/** Is told by name what was forgotten, and on whose behalf. */
export type Told = (forgotten: { readonly key: string; readonly space: string }, reader: Reader) => Promise<void>;

interface Answers {
  readonly ranked: readonly Ranked[];
  /** The names of what their scores are made of. */
  readonly signals: readonly string[];
  readonly note: string | undefined;
}

const CONTEXT_ITEMS = 50;

/**
 * What agents and the engine know: items in spaces, links between them, found by text.
 *
 * A palace acts for one reader. `as` gives the same memory to another; what a reader may not see does not exist for it, in
 * no answer, score, walk or error. All methods reject with `input.invalid` for what they cannot take, with `not_found` for
 * keys that are not there, and with `memory.unavailable` when the backend cannot be reached.
 */
export class MemoryPalace implements AsyncDisposable {
  readonly #backend: MemoryBackend;
  readonly #clock: Clock;
  readonly #reader: Reader;
  readonly #search: Search;
  readonly #vault: Vault;
  readonly #links: Links;
  /** Merging, contradictions and the archive. */
  readonly care: Care;
  readonly #told: Told | undefined;

  private constructor(backend: MemoryBackend, clock: Clock, reader: Reader, search: Search, told?: Told) {
    this.#told = told;
    this.#backend = backend;
    this.#clock = clock;
    this.#reader = reader;
    this.#search = search;
    this.#vault = new Vault(backend, reader, search);
    this.#links = new Links(backend, clock, reader, this.#vault);
    this.care = new Care({ backend, clock, reader, vault: this.#vault, search });
  }

  /** A palace of the operator over an open backend, which it closes with itself. */
  static over(
    backend: MemoryBackend,
    clock: Clock,
    glossary = new Glossary(fieldTerms),
    meaning?: Meaning,
  ): MemoryPalace {
    return new MemoryPalace(backend, clock, { kind: "operator" }, new Search(backend, glossary, meaning));
  }

  /** What its questions are translated by. */
  get glossary(): Glossary {
    return this.#search.glossary;
  }

  /** The same memory on behalf of somebody else. */
  as(reader: Reader): MemoryPalace {
    return new MemoryPalace(this.#backend, this.#clock, reader, this.#search, this.#told);
  }

  /** The same memory, which tells what it forgot before `forget` resolves, whoever it acts for. */
  telling(told: Told): MemoryPalace {
    return new MemoryPalace(this.#backend, this.#clock, this.#reader, this.#search, told);
  }

  /** Stores a value under a key. The same value again changes nothing; another one replaces it. */
  async store(key: string, value: ItemInput, options: StoreOptions = {}): Promise<StoreAnswer> {
    const name = checked(itemKey, key, "key");
    const space = writableSpace(this.#reader, spaceIn(options));
    const said = described(checked(itemInput, value, "value"));
    refuseSelfPraise(this.#reader, said);
    const decide = (known: StoredItem | undefined): Change => {
      const item = checked(
        storedItem,
        {
          ...said,
          ...tierOf(said, known),
          ...historyOf(known),
          key: name,
          space,
          sharedWith: known?.sharedWith ?? [],
          createdAtMs: known?.createdAtMs ?? this.#clock.now(),
          updatedAtMs: this.#clock.now(),
          version: (known?.version ?? 0) + 1,
        },
        "value",
      );
      if (known === undefined) return { item, effect: "created" };
      if (substance(known) === substance(item)) return { item: known, effect: "unchanged" };
      if (options.expect === "absent") throw new AiosError("memory.conflict", `the key ${name} holds other content`);
      return { item, effect: "replaced" };
    };
    const id = itemId(space, name);
    const isAnyFine = options.expect === undefined;
    const { item: kept, effect } = await (isAnyFine ? this.#vault.put(id, decide) : this.#vault.change(id, decide));
    return { item: this.#view(kept), effect };
  }

  /** Changes some members of an item and leaves the rest. */
  async update(key: string, patch: ItemPatch, options: InSpace = {}): Promise<MemoryItem> {
    const change = checked(itemPatch, patch, "patch");
    refuseSelfPraise(this.#reader, change);
    const target = await this.#vault.own(key, options);
    const answer = await this.#vault.change(idOf(target), (known) => {
      if (known === undefined) throw absent(key);
      const item = { ...known, ...defined(change), updatedAtMs: this.#clock.now(), version: known.version + 1 };
      return substance(known) === substance(item) ? { item: known, effect: "unchanged" } : { item, effect: "replaced" };
    });
    return this.#view(answer.item);
  }

  /** The item, or `undefined` when there is none that the reader may see. */
  async get(key: string, options: InSpace = {}): Promise<MemoryItem | undefined> {
    const item = await this.#vault.find(key, options);
    return item === undefined ? undefined : this.#view(item);
  }

  /** Every item the reader may see that fits, by space and key. */
  async list(filter: ItemFilter = {}, options: InSpace = {}): Promise<readonly MemoryItem[]> {
    const wanted = checked(itemFilter, filter, "filter");
    const space = spaceIn(options);
    const scope = { filter: wanted, ...(space === undefined ? {} : { space }) };
    const found = await this.#search.items(this.#seen(scope));
    return found
      .filter((item) => canRead(this.#reader, item))
      .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
      .map((item) => this.#view(item));
  }

  /** The items that best answer a text. `query(text, 5)` is `query(text, { topK: 5 })`. */
  async query(text: string, options: number | QueryOptions = {}): Promise<QueryAnswer> {
    const request = checked(queryOptions, typeof options === "number" ? { topK: options } : options, "query");
    const nowMs = this.#clock.now();
    const { space, filter, asOf = nowMs, topK } = request;
    const scope = { filter, heldAtMs: asOf, ...(space === undefined ? {} : { space }) };
    const wanted = { asksArchive: asOf < nowMs || asksArchive(filter) };
    const fits = (item: StoredItem) => isInScope(item, scope) && isAwake(item, wanted);
    const { ranked, signals: named, note } = await this.#rank(text, topK, nowMs, scope, fits);
    const items = ranked.map(({ item, score, signals }) => ({
      ...this.#view(item),
      score,
      ...(request.explain ? { explain: signals } : {}),
    }));
    return { items, signals: named, ...(note === undefined ? {} : { note }) };
  }

  /** What is known for a task, as a text within a budget. Retired lessons are left out. */
  async context(request: ContextRequest): Promise<MemoryContext> {
    const { task, budgetTokens, filter, space } = checked(contextRequest, request, "context");
    const nowMs = this.#clock.now();
    const scope = { filter, heldAtMs: nowMs, ...(space === undefined ? {} : { space }) };
    const wanted = { asksArchive: asksArchive(filter) };
    const fits = (item: StoredItem) => item.level !== "retired" && isInScope(item, scope) && isAwake(item, wanted);
    const { ranked, note } = await this.#rank(task, CONTEXT_ITEMS, nowMs, scope, fits);
    const packed = packContext(
      ranked.map(({ item }) => item),
      budgetTokens,
    );
    return note === undefined ? packed : { ...packed, note };
  }

  /** Links two items. `link(a, b, "related_to")` names the relation alone. Drawing the same link again keeps one. */
  link(from: string, to: string, options: string | LinkOptions = {}): Promise<void> {
    return this.#links.draw(from, to, options);
  }

  /** Removes the links from one item to another, all of them or those of one relation; answers how many there were. */
  unlink(from: string, to: string, options: string | LinkOptions = {}): Promise<number> {
    return this.#links.remove(from, to, options);
  }

  /** The items around an item, nearest first, each with the link it was reached by. */
  neighbours(key: string, options: NeighbourOptions = {}): Promise<readonly Neighbour[]> {
    return this.#links.around(key, options);
  }

  /** What usually follows a failure, and what fixed it. `named`: a failure's key or fingerprint, or a lesson about it. */
  sequel(named: string, options: InSpace = {}): Promise<Sequel> {
    return sequelOf(this, named, options);
  }

  /** A shortest way along links in either direction, or `undefined` when there is none of at most eight. */
  path(from: string, to: string, options: InSpace = {}): Promise<MemoryPath | undefined> {
    return this.#links.between(from, to, options);
  }

  /**
   * Removes an item with its links, and the items that were merged into it, which say the same. Once this resolves no file
   * of the backend holds its content. `false`: there was none.
   */
  async forget(key: string, options: InSpace = {}): Promise<boolean> {
    const item = await this.#vault.find(key, options);
    if (item === undefined) return false;
    const space = writableSpace(this.#reader, item.space);
    await this.care.leave(item);
    for (const other of item.absorbed ?? []) await this.#backend.remove(idOf({ space, key: other.key }));
    if (!(await this.#backend.remove(idOf(item)))) return false;
    await this.#told?.({ key: item.key, space }, this.#reader);
    return true;
  }

  /** Lets another space read an item, until `unshare`. */
  async share(key: string, withSpace: string, options: InSpace = {}): Promise<MemoryItem> {
    const space = checked(spaceName, withSpace, "space");
    return this.#reshare(key, options, (shared) => [...new Set([...shared, space])].sort());
  }

  async unshare(key: string, withSpace: string, options: InSpace = {}): Promise<MemoryItem> {
    const space = checked(spaceName, withSpace, "space");
    return this.#reshare(key, options, (shared) => shared.filter((name) => name !== space));
  }

  /**
   * What a person says of an item. It moves the prior of the confidence, which weighs as much as two outcomes whatever many
   * people say, and never a level; only the operator may.
   */
  async feedback(key: string, said: Feedback, options: InSpace = {}): Promise<MemoryItem> {
    if (this.#reader.kind !== "operator") throw new AiosError("auth.refused", "only the operator judges what is known");
    const target = await this.#vault.own(key, options);
    const answer = await this.#vault.change(idOf(target), (known) => {
      if (known === undefined) throw absent(key);
      const feedback = feedbackWith(known.feedback, said, this.#clock.now());
      return { item: { ...known, feedback, version: known.version + 1 }, effect: "replaced" };
    });
    return this.#view(answer.item);
  }

  /** Everything the reader may change, whole, of one space or of all; with the links between those items. */
  async export(options: InSpace = {}): Promise<MemoryExport> {
    const space = spaceIn(options);
    const items = await this.#search.items(space === undefined ? {} : { space });
    return exportMemory(this.#backend, this.#reader, items);
  }

  /** Takes over what `export` gave; items that are there already are replaced. Nothing is written unless all of it may be. */
  import(content: unknown): Promise<ImportAnswer> {
    return importMemory(this.#backend, this.#reader, content, (ids) => this.#search.meaning?.wrote(ids));
  }

  /**
   * Moves everything to another backend, checked by counts and checksums, and serves from there. Only the operator may.
   * Rejects with `memory.conflict` or `memory.unavailable`, and the old backend serves on.
   */
  async moveTo(backend: string): Promise<Migration> {
    if (this.#reader.kind !== "operator") throw new AiosError("auth.refused", "only the operator moves the memory");
    const move = this.#backend.moveTo?.(backend);
    if (move === undefined) throw new AiosError("memory.conflict", "this memory was opened where it is to stay");
    const migration = await move;
    this.#search.meaning?.moved();
    return migration;
  }

  /** Search by meaning: where it stands, and what can be done about it. */
  get embedder(): EmbedderDesk {
    return new EmbedderDesk(this.#reader, this.#backend, this.#search.meaning);
  }

  /** Whether the backend answers. */
  health(): BackendHealth {
    return this.#backend.health?.() ?? { state: "ready" };
  }

  /** Closes embedder and backend, for everybody who shares them. */
  async close(): Promise<void> {
    await this.#search.meaning?.close();
    await this.#backend.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #reshare(key: string, options: InSpace, next: (shared: readonly string[]) => string[]): Promise<MemoryItem> {
    const target = await this.#vault.own(key, options);
    const answer = await this.#vault.change(idOf(target), (known) => {
      if (known === undefined) throw absent(key);
      const sharedWith = next(known.sharedWith);
      if (sharedWith.join() === known.sharedWith.join()) return { item: known, effect: "unchanged" };
      return { item: { ...known, sharedWith, version: known.version + 1 }, effect: "replaced" };
    });
    return this.#view(answer.item);
  }

  /** The scope as far as the reader sees it. */
  #seen(scope: ItemScope): ItemScope {
    return this.#reader.kind === "operator" ? scope : { ...scope, readers: spacesOf(this.#reader) };
  }

  async #rank(
    text: string,
    topK: number,
    nowMs: number,
    scope: ItemScope,
    fits: (item: StoredItem) => boolean,
  ): Promise<Answers> {
    const { readers } = this.#seen({});
    const limit = candidatesFor(topK);
    const question = questionOf(text, this.#search.glossary);
    const { meaning, note: unmeant } = (await this.#search.meaning?.ask(text)) ?? {};
    const asked = { question, meaning, scope, limit, ...(readers === undefined ? {} : { readers }) };
    const { index, nearness, note = unmeant } = await this.#search.find(asked);
    const sees = (item: Audience) => canRead(this.#reader, item);
    return {
      ranked: rank(index, question, { topK, nowMs, sees, fits }, nearness),
      signals: nearness === undefined ? signalNames : signalNamesWithMeaning,
      note,
    };
  }

  #view(item: StoredItem): MemoryItem {
    return itemView(item, canWrite(this.#reader, item.space));
  }
}
