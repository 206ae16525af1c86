import { AiosError } from "../../kernel/errors.ts";
import type { BackendCapabilities, BackendHealth, CandidateQuestion, Candidates, MemoryBackend } from "../backend.ts";
import type { MemoryPorts } from "../backends/kind.ts";
import { endless } from "../backends/table.ts";
import { idOf, linkId, type StoredItem, type StoredLink } from "../item.ts";
import type { VectorShelf } from "../meaning/vectors.ts";
import { termsOf, textOf } from "../ranking/item-text.ts";
import { LexicalIndex } from "../ranking/lexical-index.ts";
import { type ItemScope, isInScope } from "../scope.ts";
import { Availability, type Patience } from "./availability.ts";
import { Batches } from "./batches.ts";
import { CandidateSet } from "./candidate-set.ts";
import { FollowedStatistics } from "./followed-statistics.ts";
import { nearnessOf } from "./found-nearness.ts";
import { KnownItems } from "./known-items.ts";
import { Outbox, type OutboxEntry } from "./outbox.ts";
import { rivalsOf, tellingTerms } from "./question.ts";
import { BLIND, isThere, type Put, rebased, runsOf } from "./runs.ts";
import type { Page, ServerChange, ServerOutcome, ServerStore } from "./store.ts";
import { serverVectors } from "./vectors.ts";

export interface ServerBackendOptions {
  readonly name: string;
  readonly store: ServerStore;
  /** Whether the server lets several processes write without losing what one of them wrote. */
  readonly shared: boolean;
  readonly patience: Patience;
  /** Where writes are kept while the server is away; without it they are refused then. */
  readonly outboxDirectory?: string | undefined;
}

const MOST_CHANGES = 500;
const MOST_GETS = 1_000;
/** Characters of what was read last, kept for the time when the server is away. */
const KNOWN_CHARACTERS = 4_000_000;

/**
 * A memory on a server, behind the port of all memories. Candidates come from the server's index; this process holds
 * document frequencies, the items it saw last, and the writes that wait while the server is away.
 */
export class ServerBackend implements MemoryBackend {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  readonly #store: ServerStore;
  readonly #ports: MemoryPorts;
  readonly #outbox: Outbox | undefined;
  readonly #availability: Availability;
  readonly vectors: VectorShelf;
  readonly #statistics: FollowedStatistics;
  readonly #known = new KnownItems(KNOWN_CHARACTERS);
  readonly #writes = new Batches<ServerChange, Written>(MOST_CHANGES, (batch) =>
    this.#inTurn(() => this.#write(batch)),
  );
  readonly #reads = new Batches<string, Read>(MOST_GETS, (ids) => this.#read(ids));
  /** The end of the queue in which writes and the delivery of what waited follow each other. */
  #turn: Promise<unknown> = Promise.resolve();
  #puts = 0;
  /** How many want writes refused that cannot be made at once. */
  #strict = 0;
  readonly #openedAt: string;
  #open = true;

  private constructor(options: ServerBackendOptions, ports: MemoryPorts, outbox: Outbox | undefined) {
    const { name, store, shared, patience } = options;
    this.name = name;
    this.capabilities = { durable: true, shared, outbox: outbox !== undefined };
    this.#store = store;
    this.#ports = ports;
    this.#outbox = outbox;
    const { clock, log } = ports;
    this.#openedAt = `${String(clock.now())}.${String(clock.monotonic())}`;
    this.#availability = new Availability({ clock, log, store, patience, back: (serve) => this.#back(serve) });
    this.vectors = serverVectors(store.vectors, this.#availability, (work) => this.#inTurn(work));
    this.#statistics = new FollowedStatistics({ clock, revision: () => this.revision(), scan: () => this.scan() });
  }

  /** Opens also when the server is away: `health` says so, and what can be done without it is done. */
  static async open(options: ServerBackendOptions, ports: MemoryPorts): Promise<ServerBackend> {
    const { outboxDirectory, name } = options;
    const outbox = outboxDirectory === undefined ? undefined : await Outbox.open(outboxDirectory, name, ports);
    const backend = new ServerBackend(options, ports, outbox);
    for (const item of outbox?.items() ?? []) backend.#known.note(item);
    await backend.#availability.begin();
    return backend;
  }

  async upsert(item: StoredItem, expected?: number): Promise<"written" | "conflict"> {
    const { kind } = await this.#change(this.#put(item, expected));
    return kind === "conflict" ? "conflict" : "written";
  }

  async get(id: string): Promise<StoredItem | undefined> {
    this.#demandOpen();
    const read = await this.#reads.add(id);
    if ("refusal" in read) throw read.refusal;
    return read.item;
  }

  async getAll(ids: readonly string[]): Promise<ReadonlyMap<string, StoredItem>> {
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return new Map(found.flatMap((item) => (item === undefined ? [] : [[idOf(item), item] as const])));
  }

  async remove(id: string): Promise<boolean> {
    const { kind } = await this.#change({ op: "remove", id });
    await this.#outbox?.forget(id);
    return kind === "done";
  }

  async *scan(scope: ItemScope = {}): AsyncIterable<StoredItem> {
    for (let after: string | undefined; ; ) {
      this.#demandOpen();
      const { items, next }: Page = await this.#availability.reach(() => this.#store.page(scope, after));
      yield* items;
      if (next === undefined) return;
      after = next;
    }
  }

  async revision(): Promise<string> {
    this.#demandOpen();
    return this.#availability.reach(() => this.#store.revision());
  }

  async candidates(question: CandidateQuestion): Promise<Candidates> {
    this.#demandOpen();
    try {
      return await this.#ask(question);
    } catch (failure) {
      const { away } = this.#availability;
      if (away === undefined) throw failure;
      const items = this.#known.all().filter((item) => isInScope(item, readersOf(question)));
      const note = `The memory's server is away (${away.why}): answered from the ${String(items.length)} items this engine saw last.`;
      const index = new LexicalIndex();
      for (const item of items) index.put(item);
      return { index, note };
    }
  }

  async link(link: StoredLink): Promise<void> {
    const { kind } = await this.#change({ op: "link", link });
    if (kind === "absent") throw endless(link);
  }

  async unlink(from: string, to: string, matches: (link: StoredLink) => boolean): Promise<number> {
    const between = (await this.neighbours([from])).filter((link) => link.from === from && link.to === to);
    const gone = await Promise.all(
      between.filter(matches).map((link) => this.#change({ op: "unlink", id: linkId(link) })),
    );
    return gone.filter(({ kind }) => kind === "done").length;
  }

  async neighbours(ids: readonly string[]): Promise<readonly StoredLink[]> {
    this.#demandOpen();
    if (ids.length === 0) return [];
    return this.#availability.reach(() => this.#store.links(ids));
  }

  withoutOutbox(): () => void {
    this.#strict += 1;
    return () => {
      this.#strict -= 1;
    };
  }

  health(): BackendHealth {
    const { away } = this.#availability;
    if (away === undefined) return { state: "ready" };
    return { state: "degraded", ...away, waiting: this.#outbox?.waiting ?? 0 };
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#writes.settled();
    await this.#availability.close();
    await this.#outbox?.close();
    await this.#store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #ask({ question, meaning, readers, scope, limit }: CandidateQuestion): Promise<Candidates> {
    const statistics = (await this.#statistics.current()).seenBy(readers);
    const terms = tellingTerms(question, statistics);
    const asked = { ...terms, wordShare: question.wordShare, limit };
    const [found, rivals] = await this.#availability.reach(() =>
      Promise.all([
        this.#store.find({ ...asked, meaning, scope: readers === undefined ? scope : { ...scope, readers } }),
        // Scores are relative to the best of what the asker sees, also when that may not be the answer.
        rivalsOf(scope)
          ? this.#store.find({ ...asked, scope: readers === undefined ? {} : { readers } })
          : Promise.resolve([]),
      ]),
    );
    for (const { item } of found) this.#known.note(item);
    const items = [...new Map([...found, ...rivals].map(({ item }) => [idOf(item), item])).values()];
    const index = new CandidateSet(items, statistics);
    return meaning === undefined ? { index } : { index, nearness: nearnessOf(found) };
  }

  async #change(change: ServerChange): Promise<ServerOutcome> {
    this.#demandOpen();
    const written = await this.#writes.add(change);
    if (written.kind === "refused") throw written.refusal;
    return written;
  }

  /** One round of writes: to the server, and once that is away into the outbox. What it did before stays done. */
  async #write(batch: readonly ServerChange[]): Promise<readonly Written[]> {
    const outcomes: Written[] = [];
    for (const run of runsOf(batch)) outcomes.push(...(await this.#writeRun(run)));
    return outcomes;
  }

  async #writeRun(run: readonly ServerChange[]): Promise<readonly Written[]> {
    try {
      const done = await this.#availability.reachInOrder(() => this.#store.apply(run));
      return run.map((change, at) => {
        const outcome = done[at] ?? { kind: "absent" };
        this.#note(change, outcome);
        return outcome;
      });
    } catch (refusal) {
      if (this.#availability.away === undefined || this.#outbox === undefined || this.#strict > 0)
        return run.map(() => ({ kind: "refused", refusal }));
      return this.#keep(run, this.#outbox, refusal);
    }
  }

  /** All of it is kept, but for what cannot be promised without the server. */
  async #keep(run: readonly ServerChange[], outbox: Outbox, refusal: unknown): Promise<readonly Written[]> {
    const entries: OutboxEntry[] = [];
    const outcomes = run.map((change): Written => {
      if (change.op === "link") entries.push({ op: "link", link: change.link });
      else if (change.op === "put") {
        const id = idOf(change.item);
        const version = (outbox.item(id) ?? this.#known.get(id))?.version;
        if (change.expected !== undefined && version !== undefined && version !== change.expected)
          return { kind: "conflict" };
        entries.push({ op: "put", item: change.item, expected: change.expected });
        this.#known.note(change.item);
      } else return { kind: "refused", refusal };
      return { kind: "done" };
    });
    await outbox.add(entries);
    return outcomes;
  }

  #note(change: ServerChange, outcome: ServerOutcome): void {
    if (outcome.kind !== "done") return;
    this.#statistics.note(change, outcome);
    if (change.op === "put") this.#known.note(change.item);
    else if (change.op === "remove") this.#known.forget(change.id);
  }

  async #read(ids: readonly string[]): Promise<readonly Read[]> {
    try {
      const items = await this.#availability.reach(() => this.#store.get([...new Set(ids)]));
      for (const item of items) this.#known.note(item);
      const found = new Map(items.map((item) => [idOf(item), item]));
      return ids.map((id) => ({ item: found.get(id) }));
    } catch (refusal) {
      if (this.#availability.away === undefined) throw refusal;
      return ids.map((id) => {
        const item = this.#outbox?.item(id) ?? this.#known.get(id);
        return item === undefined ? { refusal } : { item };
      });
    }
  }

  /** What waited goes to the server before anything newer does. */
  #back(serve: () => void): Promise<void> {
    return this.#inTurn(async () => {
      await this.#outbox?.deliver(async (entries) => {
        for (let at = 0; at < entries.length; at += MOST_CHANGES)
          for (const run of runsOf(entries.slice(at, at + MOST_CHANGES).map((entry) => this.#changeOf(entry))))
            await this.#deliverRun(run);
      });
      // Somebody else may have written meanwhile.
      this.#statistics.reset();
      serve();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #deliverRun(run: readonly ServerChange[]): Promise<void> {
    const outcomes = await this.#availability.direct(() => this.#store.apply(run));
    const late: ServerChange[] = [];
    outcomes.forEach((outcome, at) => {
      const change = run[at];
      if (outcome.kind === "conflict" && change?.op === "put" && !isThere(change, outcome.before))
        late.push(rebased(change, outcome.before));
      if (outcome.kind === "absent")
        this.#ports.log.warn("a link that waited has lost an end meanwhile and is dropped", { backend: this.name });
    });
    if (late.length === 0) return;
    this.#ports.log.warn("items changed elsewhere while writes waited; the writes were laid over them", {
      backend: this.name,
      ids: late.map((change) => (change.op === "put" ? idOf(change.item) : "")),
    });
    await this.#availability.direct(() => this.#store.apply(late));
  }

  #put(item: StoredItem, expected: number | undefined): Put {
    this.#puts += 1;
    const token = `${this.#openedAt}.${String(this.#puts)}`;
    return { op: "put", item, expected, terms: termsOf(textOf(item)), token };
  }

  #changeOf(entry: OutboxEntry): ServerChange {
    return entry.op === "link" ? entry : this.#put(entry.item, entry.expected ?? BLIND);
  }

  #demandOpen(): void {
    if (!this.#open) throw new AiosError("memory.unavailable", "the memory was closed");
  }
}

/** What became of a write, or why nothing did. */
type Written = ServerOutcome | { readonly kind: "refused"; readonly refusal: unknown };
/** An item, or why it cannot be said whether there is one. */
type Read = { readonly item: StoredItem | undefined } | { readonly refusal: unknown };

function readersOf({ readers, scope }: CandidateQuestion): ItemScope {
  return readers === undefined ? scope : { ...scope, readers };
}
