import { AiosError } from "../../kernel/errors.ts";
import type { BackendCapabilities, BackendHealth, CandidateQuestion, Candidates, MemoryBackend } from "../backend.ts";
import type { MemoryPorts } from "../backends/kind.ts";
import { endless } from "../backends/table.ts";
import { idOf, linkId, type StoredItem, type StoredLink } from "../item.ts";
import { termsOf, textOf } from "../ranking/item-text.ts";
import { LexicalIndex } from "../ranking/lexical-index.ts";
import { type ItemScope, isInScope } from "../scope.ts";
import { Availability, type Patience } from "./availability.ts";
import { Batches } from "./batches.ts";
import { CandidateSet } from "./candidate-set.ts";
import { Digests } from "./digests.ts";
import { KnownItems } from "./known-items.ts";
import { Outbox, type OutboxEntry } from "./outbox.ts";
import { rivalsOf, tellingTerms } from "./question.ts";
import type { ServerChange, ServerOutcome, ServerStore } from "./store.ts";
import { TermStatistics } from "./term-statistics.ts";

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
/** What is kept to rank what is found again and again. */
const DIGEST_BYTES = 12_000_000;
/** How long the statistics may be behind what other processes write. */
const FOLLOW_MS = 30_000;

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
  readonly #digests = new Digests(DIGEST_BYTES);
  readonly #known = new KnownItems(KNOWN_CHARACTERS);
  readonly #writes = new Batches<ServerChange, ServerOutcome>(MOST_CHANGES, (batch) =>
    this.#inTurn(() => this.#write(batch)),
  );
  readonly #reads = new Batches<string, Read>(MOST_GETS, (ids) => this.#read(ids));
  /** The end of the queue in which writes and the delivery of what waited follow each other. */
  #turn: Promise<unknown> = Promise.resolve();
  #statistics: Promise<TermStatistics> | undefined;
  #counting: TermStatistics | undefined;
  /** The server's revision as this process's own writes make it, and when that was last compared. */
  #followed: { readonly revision: string; readonly atMs: number; readonly writes: number } | undefined;
  #writesDone = 0;
  #puts = 0;
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
    this.#demandOpen();
    this.#availability.demand();
    try {
      for await (const page of this.#store.scan(scope)) yield* page;
    } catch (failure) {
      throw this.#availability.lost(failure);
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
      index.sync(items);
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

  async #ask({ question, readers, scope, limit }: CandidateQuestion): Promise<Candidates> {
    const statistics = (await this.#followedStatistics()).seenBy(readers);
    const terms = tellingTerms(question, statistics);
    const asked = { ...terms, wordShare: question.wordShare, limit };
    const [found, rivals] = await this.#availability.reach(() =>
      Promise.all([
        this.#store.find({ ...asked, scope: readers === undefined ? scope : { ...scope, readers } }),
        // Scores are relative to the best of what the asker sees, also when that may not be the answer.
        rivalsOf(scope)
          ? this.#store.find({ ...asked, scope: readers === undefined ? {} : { readers } })
          : Promise.resolve([]),
      ]),
    );
    for (const item of found) this.#known.note(item);
    const items = [...new Map([...found, ...rivals].map((item) => [idOf(item), item])).values()];
    return { index: new CandidateSet(items, this.#digests, statistics) };
  }

  /** Counted once in the background of the first question, then kept in step with what this process writes. */
  async #followedStatistics(): Promise<TermStatistics> {
    const nowMs = this.#ports.clock.now();
    if (this.#statistics !== undefined && this.#followed !== undefined) {
      if (nowMs - this.#followed.atMs < FOLLOW_MS) return this.#statistics;
      const revision = await this.revision();
      const isOurs = this.#followed.revision === revision || this.#writesDone !== this.#followed.writes;
      this.#followed = { revision, atMs: nowMs, writes: this.#writesDone };
      if (isOurs) return this.#statistics;
    }
    this.#statistics = this.#count().catch((failure: unknown) => {
      this.#statistics = undefined;
      throw failure;
    });
    return this.#statistics;
  }

  async #count(): Promise<TermStatistics> {
    const revision = await this.revision();
    this.#followed = { revision, atMs: this.#ports.clock.now(), writes: this.#writesDone };
    const statistics = new TermStatistics();
    this.#counting = statistics;
    for await (const item of this.scan()) statistics.change(undefined, item);
    return statistics;
  }

  async #change(change: ServerChange): Promise<ServerOutcome> {
    this.#demandOpen();
    return this.#writes.add(change);
  }

  /** One round of writes: to the server, or into the outbox while that is away. */
  async #write(batch: readonly ServerChange[]): Promise<readonly ServerOutcome[]> {
    try {
      const outcomes: ServerOutcome[] = [];
      for (const run of runsOf(batch)) {
        const done = await this.#availability.reach(() => this.#store.apply(run));
        run.forEach((change, at) => {
          const outcome = done[at] ?? { kind: "absent" };
          outcomes.push(outcome);
          this.#note(change, outcome);
        });
      }
      return outcomes;
    } catch (failure) {
      if (this.#availability.away === undefined || this.#outbox === undefined) throw failure;
      return this.#keep(batch, this.#outbox, failure);
    }
  }

  /** A batch is kept whole or not at all: what cannot be promised without the server refuses those beside it too. */
  async #keep(batch: readonly ServerChange[], outbox: Outbox, refusal: unknown): Promise<readonly ServerOutcome[]> {
    const entries: OutboxEntry[] = [];
    const outcomes = batch.map((change): ServerOutcome => {
      if (change.op === "link") entries.push({ op: "link", link: change.link });
      else if (change.op === "put") {
        const id = idOf(change.item);
        const version = (outbox.item(id) ?? this.#known.get(id))?.version;
        if (change.expected !== undefined && version !== undefined && version !== change.expected)
          return { kind: "conflict" };
        entries.push({ op: "put", item: change.item, expected: change.expected });
        this.#known.note(change.item);
      } else throw refusal;
      return { kind: "done" };
    });
    await outbox.add(entries);
    return outcomes;
  }

  #note(change: ServerChange, outcome: ServerOutcome): void {
    if (outcome.kind !== "done") return;
    this.#writesDone += 1;
    if (change.op === "put") {
      this.#known.note(change.item);
      this.#counting?.change(outcome.before, change.item, change.terms);
    } else if (change.op === "remove") {
      this.#known.forget(change.id);
      this.#counting?.change(outcome.before, undefined);
    }
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
      this.#statistics = undefined;
      this.#counting = undefined;
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
      if (outcome.kind === "conflict" && change?.op === "put" && !isSame(change.item, outcome.before))
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

/** A delivery that a crash broke off begins anew. */
function isSame(item: StoredItem, before: StoredItem | undefined): boolean {
  return JSON.stringify(item) === JSON.stringify(before);
}

/** An item, or why it cannot be said whether there is one. */
type Read = { readonly item: StoredItem | undefined } | { readonly refusal: unknown };

/** A write was acknowledged: it is laid over what is there now rather than lost. */
function rebased(change: Put, before: StoredItem | undefined): ServerChange {
  if (before === undefined) return { ...change, expected: undefined };
  const { createdAtMs } = before;
  // Who wrote without knowing what was there did not mean to take it from those it was shared with.
  const sharedWith = change.expected === BLIND ? before.sharedWith : change.item.sharedWith;
  return {
    ...change,
    item: { ...change.item, version: before.version + 1, createdAtMs, sharedWith },
    expected: undefined,
  };
}

type Put = ServerChange & { readonly op: "put" };
/** The version of nothing that was ever stored: a write that did not know what it replaces meets a conflict and is rebased. */
const BLIND = -1;

/** Runs of one kind of change to different things, in order: what a store carries out at once. */
function* runsOf(changes: readonly ServerChange[]): Iterable<readonly ServerChange[]> {
  let run: ServerChange[] = [];
  let names = new Set<string>();
  for (const change of changes) {
    const name = nameOf(change);
    if (run.length > 0 && (run[0]?.op !== change.op || names.has(name))) {
      yield run;
      run = [];
      names = new Set();
    }
    run.push(change);
    names.add(name);
  }
  if (run.length > 0) yield run;
}

function nameOf(change: ServerChange): string {
  if (change.op === "put") return idOf(change.item);
  return change.op === "link" ? linkId(change.link) : change.id;
}

function readersOf({ readers, scope }: CandidateQuestion): ItemScope {
  return readers === undefined ? scope : { ...scope, readers };
}
