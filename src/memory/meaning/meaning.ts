import type { Cancel, Clock } from "../../kernel/clock.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { backoffMs } from "../../resilience/backoff.ts";
import type { AskedMeaning, MemoryBackend } from "../backend.ts";
import { fingerprintOf } from "../embedders/kind.ts";
import type { EmbedderSource } from "../embedders/source.ts";
import { cleanQuery } from "../ranking/clean-query.ts";
import { ModelDownload } from "./download.ts";
import { embedItems, type Opened, wantingItems } from "./embed-items.ts";
import { excuseFor } from "./excuse.ts";
import { Pulse } from "./pulse.ts";
import { understands } from "./scripts.ts";
import type { EmbedderProgress, EmbedderStatus, OtherVectors } from "./status.ts";
import { othersThan, type VectorShelf } from "./vectors.ts";

export interface MeaningDeps {
  readonly source: EmbedderSource;
  readonly backend: MemoryBackend;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is known of a question's meaning; without one it is answered by its words, and `note` may say why. */
export interface Asked {
  readonly meaning?: AskedMeaning;
  readonly note?: string;
}

/** Items embedded before their vectors are written down. */
const AT_ONCE = 32;
/** While more than one of so many items wait, their lack of a vector would count against them. */
const MOST_WAITING = { items: 10, share: 0.05 } as const;
const RETRY = { firstMs: 5_000, factor: 2, maxMs: 300_000 } as const;
/** In the middle: one engine needs no spreading among many. */
const MIDDLE = 0.5;
/** After a question that could not be embedded the next ones do not wait for the same. */
const REST_MS = 5_000;

/**
 * Keeps the vectors of a memory's items in step with what they say, in the background, and says what questions mean.
 * Nothing waits for it: until every item has a vector, and whenever the embedder fails, words alone answer. A failure is
 * logged once and tried again after 5 s, later every 5 minutes.
 */
export class Meaning implements AsyncDisposable {
  readonly #deps: MeaningDeps;
  readonly #download: ModelDownload;
  readonly #changes = new Pulse();
  #opened: Opened | undefined;
  #opening: Promise<Opened> | undefined;
  readonly #waiting = new Set<string>();
  /** Of those that waited, how many are being embedded now. */
  #inHand = 0;
  #embedded = 0;
  /** Vectors that an embedder before this one left. */
  #others: readonly OtherVectors[] = [];
  /** Whether every item was looked at since the embedder was opened, and none of those found wanting waits any more. */
  #isWhole = false;
  #isSwept = false;
  #failure: { readonly why: string; readonly times: number } | undefined;
  #again: Cancel | undefined;
  #working: Promise<void> | undefined;
  #restsUntilMs = 0;
  #isClosed = false;

  constructor(deps: MeaningDeps) {
    this.#deps = deps;
    const { source, log } = deps;
    const changed = () => this.#changes.beat();
    this.#download = new ModelDownload({ source, log, changed, fetched: () => this.begin() });
  }

  /** Opens the embedder and embeds what has no vector of it yet. Comes back at once. */
  begin(): void {
    this.#again?.();
    this.#again = undefined;
    if (this.#isClosed) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      this.#changes.beat();
      // What was written in the last moment.
      if (this.#failure === undefined && (this.#waiting.size > 0 || !this.#isSwept)) this.begin();
    });
  }

  /** These items were written: they may say something else now. */
  wrote(ids: readonly string[]): void {
    if (this.#isClosed) return;
    for (const id of ids) this.#waiting.add(id);
    if (this.#failure === undefined) this.begin();
  }

  /**
   * Looks at every item again, for what was written elsewhere; `anew` first takes all vectors away, once it is sure that
   * others can be made. A crash in the middle loses nothing: the next start goes on with what has none. Rejects with
   * `memory.unavailable` when the store is away, with `embedder.unavailable` when nothing can be made anew.
   */
  async reindex(anew: boolean): Promise<void> {
    if (anew) {
      await this.#open();
      this.#isWhole = false;
      await this.#shelf.clear();
    }
    this.#isSwept = false;
    this.begin();
  }

  /** The memory lies elsewhere now, where nothing has a vector yet. */
  moved(): void {
    this.#isWhole = false;
    this.#isSwept = false;
    this.begin();
  }

  /** Fetches what the embedder needs, in the background. Throws `conflict` when there is nothing to fetch. */
  download(): void {
    this.#download.begin();
  }

  /** What a question means. Never rejects. */
  async ask(text: string): Promise<Asked> {
    const { clock, log } = this.#deps;
    const opened = this.#opened;
    if (opened === undefined || !this.#isWhole || this.#hasBacklog()) return { note: this.#excuse() };
    const { embedder, by } = opened;
    if (!understands(embedder.model.scripts, text)) return {};
    if (clock.now() < this.#restsUntilMs) return { note: this.#excuse() };
    try {
      const [vector] = await embedder.embed([cleanQuery(text)], "question");
      // What has no direction is near to nothing.
      return vector === undefined || vector.every((value) => value === 0) ? {} : { meaning: { by, vector } };
    } catch (failure) {
      if (this.#restsUntilMs === 0) log.warn("a question could not be embedded", { failure: messageOf(failure) });
      this.#restsUntilMs = clock.now() + REST_MS;
      return { note: excuseFor({ kind: "failed", why: messageOf(failure) }) };
    }
  }

  /** Resolves when nothing is under way: everything has its vector, or a failure waits to be tried again. */
  async settled(): Promise<void> {
    while (this.#isBusy) {
      await this.#download.running;
      await this.#working;
    }
  }

  /** How far it is, now and after every change, until nothing is under way. */
  async *follow(): AsyncGenerator<EmbedderProgress> {
    for (;;) {
      const changed = this.#changes.next();
      const isOver = !this.#isBusy;
      yield this.#progress();
      if (isOver || this.#isClosed) return;
      await changed;
    }
  }

  /** What who asks the memory should know: why words alone answer. `undefined` where meaning does too. */
  note(): string | undefined {
    const isUsed = this.#failure === undefined && this.#opened !== undefined && this.#isWhole && !this.#hasBacklog();
    return isUsed ? undefined : this.#excuse();
  }

  async status(): Promise<EmbedderStatus> {
    const { source, backend } = this.#deps;
    const opened = this.#opened;
    const census = await backend.vectors?.census().catch(() => undefined);
    if (opened !== undefined && census !== undefined) this.#embedded = census.made.get(opened.by) ?? 0;
    const { name, dtype, dimension, scripts } = opened?.embedder.model ?? {};
    const isKnown = name !== undefined && dtype !== undefined && dimension !== undefined && scripts !== undefined;
    return {
      embedder: source.name,
      ...this.#progress(),
      ...(isKnown ? { model: { name, dtype, dimension, scripts } } : {}),
      ...(census === undefined ? {} : { items: census.items, lacking: census.items - this.#embedded }),
      others: census === undefined ? this.#others : othersThan(opened?.by, census),
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#again?.();
    this.#changes.beat();
    await this.#working;
    await this.#opened?.embedder.close?.();
    this.#opened = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #state(): EmbedderStatus["state"] {
    if (this.#failure !== undefined) return "failed";
    if (this.#opened === undefined) return "opening";
    return this.#isWhole ? "ready" : "embedding";
  }

  get #isBusy(): boolean {
    return this.#working !== undefined || this.#download.running !== undefined;
  }

  #progress(): EmbedderProgress {
    const download = this.#download.status;
    return {
      state: this.#state(),
      embedded: this.#embedded,
      waiting: this.#waiting.size + this.#inHand,
      ...(download === undefined ? {} : { download }),
      ...(this.#failure === undefined ? {} : { why: this.#failure.why }),
    };
  }

  #hasBacklog(): boolean {
    const waiting = this.#waiting.size + this.#inHand;
    return waiting > MOST_WAITING.items && waiting > MOST_WAITING.share * this.#embedded;
  }

  #excuse(): string {
    if (this.#failure !== undefined) return excuseFor({ kind: "failed", why: this.#failure.why });
    if (this.#opened === undefined) return excuseFor({ kind: "opening" });
    const { by } = this.#opened;
    const waiting = this.#waiting.size + this.#inHand;
    return excuseFor({ kind: "embedding", by, embedded: this.#embedded, waiting, others: this.#others });
  }

  /** Until nothing waits. Never rejects. */
  async #work(): Promise<void> {
    const { log, clock } = this.#deps;
    try {
      await this.#embedAll(await this.#open());
      if (this.#isClosed) return;
      this.#recovered();
      if (this.#isWhole) return;
      await this.#shelf.clear(this.#opened?.by);
      this.#others = [];
      this.#isWhole = this.#isSwept;
    } catch (failure) {
      const times = (this.#failure?.times ?? 0) + 1;
      const why = messageOf(failure);
      if (this.#failure?.why !== why) log.warn("items cannot be embedded: words alone answer", { failure: why });
      this.#failure = { why, times };
      if (!this.#isClosed) this.#again = clock.at(clock.now() + backoffMs(times, RETRY, MIDDLE), () => this.begin());
    }
  }

  async #embedAll(opened: Opened): Promise<void> {
    while (!this.#isClosed) {
      if (!this.#isSwept) await this.#sweep(opened);
      const ids = [...this.#waiting].slice(0, AT_ONCE);
      if (ids.length === 0) return;
      // Gone from those that wait before they are read: who is written meanwhile waits again.
      for (const id of ids) this.#waiting.delete(id);
      this.#inHand = ids.length;
      try {
        this.#embedded += await embedItems(opened, this.#deps.backend, this.#shelf, ids);
      } catch (failure) {
        for (const id of ids) this.#waiting.add(id);
        throw failure;
      } finally {
        this.#inHand = 0;
      }
      this.#recovered();
      this.#changes.beat();
    }
  }

  get #shelf(): VectorShelf {
    const { vectors, name } = this.#deps.backend;
    if (vectors === undefined)
      throw new AiosError("embedder.unavailable", `the memory backend ${name} keeps no vectors`);
    return vectors;
  }

  #recovered(): void {
    if (this.#failure !== undefined)
      this.#deps.log.info("items are embedded again", { embedder: this.#deps.source.name });
    this.#failure = undefined;
    this.#restsUntilMs = 0;
  }

  /** Opens it once; after a failure the next call tries anew. */
  #open(): Promise<Opened> {
    this.#opening ??= this.#load().catch((failure: unknown) => {
      this.#opening = undefined;
      throw failure;
    });
    return this.#opening;
  }

  async #load(): Promise<Opened> {
    const embedder = await this.#deps.source.open();
    this.#opened = { embedder, by: fingerprintOf(embedder.model) };
    return this.#opened;
  }

  /** Finds the items that have no vector of what they say now. */
  async #sweep(opened: Opened): Promise<void> {
    const shelf = this.#shelf;
    this.#isSwept = true;
    try {
      for await (const ids of wantingItems(opened, this.#deps.backend, shelf))
        for (const id of ids) this.#waiting.add(id);
      const census = await shelf.census();
      this.#embedded = census.made.get(opened.by) ?? 0;
      this.#others = othersThan(opened.by, census);
    } catch (failure) {
      this.#isSwept = false;
      throw failure;
    }
  }
}
