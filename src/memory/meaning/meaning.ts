import type { Cancel, Clock } from "../../kernel/clock.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { backoffMs } from "../../resilience/backoff.ts";
import type { AskedMeaning, MemoryBackend } from "../backend.ts";
import { type Embedder, fingerprintOf, type Progress } from "../embedders/kind.ts";
import type { EmbedderSource } from "../embedders/source.ts";
import { idOf } from "../item.ts";
import { batches } from "../migration/sum.ts";
import { cleanQuery } from "../ranking/clean-query.ts";
import { textOf } from "../ranking/item-text.ts";
import { understands } from "./scripts.ts";
import type { EmbedderStatus } from "./status.ts";
import { digestOf, type VectorShelf } from "./vectors.ts";

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

interface Opened {
  readonly embedder: Embedder;
  /** Its fingerprint. */
  readonly by: string;
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
  #opened: Opened | undefined;
  readonly #waiting = new Set<string>();
  /** Of those that waited, how many are being embedded now. */
  #inHand = 0;
  #embedded = 0;
  /** Whether every item was looked at since the embedder was opened, and none of those found wanting waits any more. */
  #isWhole = false;
  #isSwept = false;
  #failure: { readonly why: string; readonly times: number } | undefined;
  #again: Cancel | undefined;
  #working: Promise<void> | undefined;
  #download: Progress | undefined;
  #downloading: Promise<void> | undefined;
  #restsUntilMs = 0;
  #isClosed = false;

  constructor(deps: MeaningDeps) {
    this.#deps = deps;
  }

  /** Opens the embedder and embeds what has no vector of it yet. Comes back at once. */
  begin(): void {
    this.#again?.();
    this.#again = undefined;
    if (this.#isClosed) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
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
   * Looks at every item again, for what was written elsewhere; `anew` first takes all vectors away. Rejects with
   * `memory.unavailable` when the store is away.
   */
  async reindex(anew: boolean): Promise<void> {
    if (anew) {
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

  /** Fetches what the embedder needs, in the background. Rejects with `conflict` when there is nothing to fetch. */
  download(): void {
    const { source } = this.#deps;
    if (source.download === undefined)
      throw new AiosError("conflict", `the embedder ${source.name} needs nothing that could be downloaded`);
    this.#downloading ??= this.#fetch(source.download).finally(() => {
      this.#downloading = undefined;
    });
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
      return vector === undefined ? {} : { meaning: { by, vector } };
    } catch (failure) {
      if (this.#restsUntilMs === 0) log.warn("a question could not be embedded", { failure: messageOf(failure) });
      this.#restsUntilMs = clock.now() + REST_MS;
      return { note: `Answered by words alone: ${messageOf(failure)}.` };
    }
  }

  /** Resolves when nothing is under way: everything has its vector, or a failure waits to be tried again. */
  async settled(): Promise<void> {
    while (this.#working !== undefined || this.#downloading !== undefined) {
      await this.#downloading;
      await this.#working;
    }
  }

  async status(): Promise<EmbedderStatus> {
    const { source } = this.#deps;
    const model = this.#opened?.embedder.model;
    const counted = this.#opened === undefined ? 0 : await this.#shelf.count(this.#opened.by).catch(() => undefined);
    this.#embedded = counted ?? this.#embedded;
    return {
      embedder: source.name,
      state: this.#state(),
      ...(model === undefined
        ? {}
        : { model: { name: model.name, dtype: model.dtype, dimension: model.dimension, scripts: model.scripts } }),
      embedded: this.#embedded,
      waiting: this.#waiting.size + this.#inHand,
      ...(this.#download === undefined ? {} : { download: this.#download }),
      ...(this.#failure === undefined ? {} : { why: this.#failure.why }),
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#again?.();
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

  #hasBacklog(): boolean {
    const waiting = this.#waiting.size + this.#inHand;
    return waiting > MOST_WAITING.items && waiting > MOST_WAITING.share * this.#embedded;
  }

  #excuse(): string {
    if (this.#failure !== undefined) return `Answered by words alone: ${this.#failure.why}.`;
    if (this.#opened === undefined) return "Answered by words alone: the embedder is being opened.";
    return `Answered by words alone: ${String(this.#waiting.size + this.#inHand)} items are still being embedded.`;
  }

  /** Until nothing waits. Never rejects. */
  async #work(): Promise<void> {
    const { log, clock } = this.#deps;
    try {
      this.#opened ??= await this.#open();
      await this.#embedAll(this.#opened);
      if (this.#isClosed) return;
      this.#recovered();
      if (this.#isWhole) return;
      await this.#shelf.clear(this.#opened.by);
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
        await this.#embed(opened, ids);
      } catch (failure) {
        for (const id of ids) this.#waiting.add(id);
        throw failure;
      } finally {
        this.#inHand = 0;
      }
      this.#recovered();
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

  async #open(): Promise<Opened> {
    const embedder = await this.#deps.source.open();
    return { embedder, by: fingerprintOf(embedder.model) };
  }

  /** Finds the items that have no vector of what they say now. */
  async #sweep({ by }: Opened): Promise<void> {
    const shelf = this.#shelf;
    this.#isSwept = true;
    try {
      for await (const batch of batches(this.#deps.backend.scan())) {
        const made = await shelf.madeOf(by, batch.map(idOf));
        for (const item of batch) if (made.get(idOf(item)) !== digestOf(item)) this.#waiting.add(idOf(item));
      }
      this.#embedded = await shelf.count(by);
    } catch (failure) {
      this.#isSwept = false;
      throw failure;
    }
  }

  async #embed({ embedder, by }: Opened, ids: readonly string[]): Promise<void> {
    const shelf = this.#shelf;
    const items = [...(await this.#deps.backend.getAll(ids)).values()];
    const made = await shelf.madeOf(by, items.map(idOf));
    const wanting = items.filter((item) => made.get(idOf(item)) !== digestOf(item));
    if (wanting.length === 0) return;
    const vectors = await embedder.embed(wanting.map(textOf), "passage");
    const kept = wanting.flatMap((item, at) => {
      const vector = vectors[at];
      return vector === undefined ? [] : [{ id: idOf(item), of: digestOf(item), vector }];
    });
    await shelf.keep({ by, dimension: embedder.model.dimension }, kept);
    this.#embedded += kept.filter(({ id }) => !made.has(id)).length;
  }

  async #fetch(download: NonNullable<EmbedderSource["download"]>): Promise<void> {
    try {
      await download((progress) => {
        this.#download = progress;
      });
      this.#failure = undefined;
      this.begin();
    } catch (failure) {
      this.#failure = { why: messageOf(failure), times: 1 };
      this.#deps.log.warn("the embedder's model could not be downloaded", { failure: messageOf(failure) });
    } finally {
      this.#download = undefined;
    }
  }
}
