import type { Window } from "../domain/playbook/condition-form.ts";
import type { History } from "../domain/playbook/facts.ts";
import { HistoryBook } from "../domain/playbook/history/book.ts";
import { KEYS_KEPT, type Silence } from "../domain/playbook/history/series.ts";
import { windowsOf } from "../domain/playbook/history/window.ts";
import type { Rule } from "../domain/playbook/rules.ts";
import type { EventBus } from "../events/bus.ts";
import { type AnyEvent, is } from "../events/envelope.ts";
import { compileTopic } from "../events/topic.ts";
import type { Checkpointed, Snapshot } from "../kernel/checkpointed.ts";
import type { Cancel, Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { anything, listOf, number, objectOf, pairOf, text } from "../kernel/shape.ts";
import type { Insist } from "./insist.ts";

export interface RecollectionDeps {
  readonly bus: EventBus;
  readonly insist: Insist;
  readonly clock: Clock;
  readonly log: Log;
  /** Nobody is told of what a playbook waits for that is switched off. */
  readonly isEnabled: (playbookId: string) => boolean;
}

interface Awaited {
  readonly playbookId: string;
  readonly listens: (type: string) => boolean;
  readonly window: Extract<Window, { kind: "last" }>;
}

const saved = objectOf({ book: anything, told: listOf(pairOf(text, number)) });

/**
 * What the playbooks ask of the time before an event, and the one who says when an awaited event stays away.
 *
 * An absence is told once for each last event, at the time when it is due, also when the engine was down then: the last
 * event and what was told of it stand in the journal. Waiting for an event that never came begins with the engine.
 */
export class Recollection implements Checkpointed {
  readonly name = "recollection";
  readonly version = 1;
  readonly #deps: RecollectionDeps;
  readonly #book: HistoryBook;
  /** The last event of a playbook and key whose absence was told. */
  readonly #told = new Map<string, number>();
  /** What is being told, and is not in the journal yet: no checkpoint may know of it. */
  readonly #telling = new Set<string>();
  #awaited: readonly Awaited[];
  /** Windows that did not hear what the journal held before them. */
  #unread: readonly Window[] = [];
  #timer: { readonly atMs: number; readonly cancel: Cancel } | undefined;
  #sinceMs: number | undefined;

  constructor(deps: RecollectionDeps, rules: readonly Rule[]) {
    this.#deps = deps;
    this.#book = new HistoryBook(windowsOf(rules.map(({ playbook }) => playbook)));
    this.#awaited = awaitedBy(rules);
  }

  before(event: AnyEvent): History {
    return this.#book.before(event);
  }

  note(event: AnyEvent): void {
    this.#book.note(event);
    if (is(event, "playbook.absence")) this.#tell(event.data.playbookId, event.data.key, event.data.lastSequence);
    if (this.#sinceMs === undefined) return;
    if (is(event, "playbook.enabled")) this.#wake(event.at);
    for (const { window, listens } of this.#awaited) if (listens(event.type)) this.#wake(event.at + window.overMs);
  }

  snapshot(): Snapshot {
    return { book: this.#book.snapshot(), told: [...this.#told] };
  }

  restore(value: unknown): void {
    const { book, told } = saved(value, this.name);
    this.#unread = this.#book.restore(book, `${this.name}.book`);
    this.#told.clear();
    for (const [key, sequence] of told) this.#told.set(key, sequence);
  }

  /** Remembers for these rules from now on, with what the journal holds of the time that they ask for. */
  async adopt(rules: readonly Rule[]): Promise<void> {
    this.#unread = [...this.#unread, ...this.#book.adopt(windowsOf(rules.map(({ playbook }) => playbook)))];
    this.#awaited = awaitedBy(rules);
    await this.#read();
    if (this.#sinceMs !== undefined) this.#wake(this.#deps.clock.now());
  }

  /** Begins to say what stays away. */
  async start(): Promise<void> {
    await this.#read();
    this.#sinceMs = this.#deps.clock.now();
    this.#wake(this.#sinceMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sinceMs = undefined;
  }

  async #read(): Promise<void> {
    const windows = this.#unread;
    this.#unread = [];
    const { bus, clock } = this.#deps;
    const spans = windows.map((window) => (window.kind === "previous" ? RECALLED_MS : window.overMs));
    if (spans.length === 0) return;
    const until = bus.lastSequence;
    const after = await sequenceBefore(bus, clock.now() - Math.max(...spans), until);
    const earlier = new HistoryBook(windows);
    for await (const event of bus.read({ after, until })) earlier.note(event);
    this.#book.recall(earlier);
  }

  /** Looks at the latest then; an earlier look that is due already stays. */
  #wake(atMs: number): void {
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    this.#timer = { atMs, cancel: this.#deps.clock.at(atMs, () => this.#look()) };
  }

  #look(): void {
    const since = this.#sinceMs;
    this.#timer = undefined;
    if (since === undefined) return;
    const nowMs = this.#deps.clock.now();
    for (const awaited of this.#awaited.filter(({ playbookId }) => this.#deps.isEnabled(playbookId))) {
      const { window, playbookId } = awaited;
      for (const silence of this.#book.silences(window, window.overMs, nowMs, since)) {
        if (this.#told.get(toldKey(playbookId, silence.key)) === silence.sequence) continue;
        const about = `${toldKey(playbookId, silence.key)}\n${silence.sequence}`;
        if (this.#telling.has(about)) continue;
        this.#telling.add(about);
        void this.#publish(awaited, silence).finally(() => this.#telling.delete(about));
      }
      const next = this.#book.nextSilence(window, window.overMs, nowMs, since);
      if (next !== undefined) this.#wake(next);
    }
  }

  #tell(playbookId: string, key: string, sequence: number): void {
    const about = toldKey(playbookId, key);
    this.#told.delete(about);
    this.#told.set(about, sequence);
    const [oldest] = this.#told.keys();
    if (this.#told.size > KEYS_KEPT && oldest !== undefined) this.#told.delete(oldest);
  }

  async #publish({ playbookId, window }: Awaited, { key, sequence, lastAtMs }: Silence): Promise<void> {
    const { eventType: awaited, by, overMs: forMs } = window;
    const agent = by === "event.data.agentId" && key !== "" ? { agentId: key } : {};
    const about = { ...(by === undefined ? {} : { by }), key, ...agent };
    const last = { lastSequence: sequence, ...(lastAtMs === undefined ? {} : { lastAtMs }) };
    try {
      await this.#deps.insist(() => ({
        type: "playbook.absence",
        subject: `playbook/${playbookId}`,
        idempotencykey: `playbook.absence:${playbookId}:${key}:${sequence}:${lastAtMs ?? this.#sinceMs ?? 0}`,
        data: { playbookId, awaited, ...about, forMs, ...last },
      }));
    } catch (failure) {
      this.#deps.log.warn("an absence could not be journaled", { playbookId, failure: messageOf(failure) });
    }
  }
}

/** How far back the value before an event is looked for when a playbook begins to ask for it. */
const RECALLED_MS = 86_400_000;

function awaitedBy(rules: readonly Rule[]): readonly Awaited[] {
  return rules.flatMap(({ playbook: { id, trigger } }) =>
    trigger.absent === undefined ? [] : [awaitedOf(id, trigger.absent.window)],
  );
}

function awaitedOf(playbookId: string, window: Awaited["window"]): Awaited {
  return { playbookId, window, listens: compileTopic(window.eventType) };
}

function toldKey(playbookId: string, key: string): string {
  return `${playbookId}\n${key}`;
}

/** A sequence after which every event since `atMs` stands, found by halving. */
async function sequenceBefore(bus: EventBus, atMs: number, last: number): Promise<number> {
  let low = 0;
  let high = last;
  while (high - low > READ_ANYHOW) {
    const middle = Math.floor((low + high) / 2);
    const found = (await bus.eventAt(middle))?.at;
    if (found === undefined || found < atMs) low = middle;
    else high = middle;
  }
  return low;
}

const READ_ANYHOW = 2_000;
