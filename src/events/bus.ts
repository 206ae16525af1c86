import { config, filter as filterEvents, type Observable, Subject } from "rxjs";
import type { Checkpointed } from "../kernel/checkpointed.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import { AiosError, asAiosError, messageOf } from "../kernel/errors.ts";
import { isoTime } from "../kernel/iso-time.ts";
import type { Log } from "../kernel/log.ts";
import { addresseeOf, addresseeOfAll } from "./addressee.ts";
import { catalog, type EventData, type EventType, isKnown } from "./catalog.ts";
import {
  type AnyEvent,
  type Draft,
  ENGINE,
  type EngineDraft,
  type EventOf,
  type Receipt,
  stamp,
  type Unsequenced,
  type UserEvent,
} from "./envelope.ts";
import { compileFilter, type EventFilter } from "./filter.ts";
import { Gate, type GateSettings, type GateState, type Over } from "./gate.ts";
import type { Journal } from "./journal.ts";
import { Overflow } from "./overflow.ts";
import { EventParcel } from "./parcel.ts";
import { type Decisions, Posted } from "./posted.ts";
import { OneReceipt, Receipts } from "./receipts.ts";
import { RecentKeys } from "./recent-keys.ts";
import { Refusals } from "./refusals.ts";
import { QueuedSubscription, type Subscription, type SubscriptionOptions } from "./subscription.ts";

export interface BusDeps {
  /** May be attached later, when it has been replayed. */
  readonly journal?: Journal;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Told how long each event took from `publish` to durable, in milliseconds. */
  readonly timed?: (commitMs: number) => void;
  /** How much from outside may wait to be written; `gateSettings` unless told. */
  readonly gate?: GateSettings;
}

export const gateSettings: GateSettings = { maxWaiting: 65_536, maxPerAddressee: 8_192 };

/** Anything the bus accepts: an event of the catalogue with its data, or a user's own that was admitted at the edge. */
export type Publishable = EngineDraft | Draft<string, Readonly<Record<string, unknown>>>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Fold {
  readonly apply: (event: AnyEvent) => void;
  readonly states: readonly Checkpointed[];
}

/**
 * The bus: write ahead, then tell everybody.
 *
 * Invariants:
 *  1. `publish` resolves once the event is durable and the folds have seen it.
 *  2. Subscribers see events only when durable, in sequence order, never nested inside another handler's call.
 *  3. A key that was published before gives the earlier receipt and appends nothing.
 *  4. What the engine says itself (`publish`) is never refused for want of room; what comes from outside (`accept`,
 *     `acceptMany`, `offer`) is bounded, see `Gate`.
 */
export class EventBus {
  readonly #deps: BusDeps;
  #journal: Journal | undefined;
  /** The event that streams were last told; what they throw is reported against it. */
  #telling: AnyEvent | undefined;
  readonly #live = new Subject<AnyEvent>();
  readonly #folds: Fold[] = [];
  readonly #subscriptions = new Set<QueuedSubscription>();
  readonly #keys = new RecentKeys(100_000);
  readonly #inFlight = new Map<string, Promise<Receipt>>();
  readonly #gate: Gate<EventParcel<Publishable>>;
  readonly #overflow: Overflow;
  readonly #refusals = new Refusals();
  #refusal: string | undefined;
  /** When the newest group was durable and the folds had seen it, on the clock that never jumps. */
  #committedMs = 0;
  readonly #decisions: Decisions<Publishable> = {
    written: ({ beganMs }) => {
      this.#refusal = undefined;
      this.#deps.timed?.(this.#committedMs - beganMs);
    },
    refused: (failure) => {
      this.#refusal = messageOf(failure);
    },
  };
  #moment = stamp(0);
  #faults = 0;

  constructor(deps: BusDeps) {
    this.#deps = deps;
    this.#gate = new Gate((parcel, over) => this.#write(parcel, over), deps.gate ?? gateSettings, deps.clock);
    this.#overflow = new Overflow({
      clock: deps.clock,
      tell: (data) => this.publish({ type: "mailbox.overflowed", subject: data.addressee, data }),
    });
    // RxJS rethrows what a subscriber throws on a turn of its own, where nothing could catch it and the engine would end.
    config.onUnhandledError = (failure) => this.#report("stream", this.#telling, failure);
    if (deps.journal !== undefined) this.attach(deps.journal);
  }

  /** From now on events are written to this journal. */
  attach(journal: Journal): void {
    this.#journal = journal;
    journal.onCommit((events) => {
      for (const event of events) this.#dispatch(event);
      this.#committedMs = this.#deps.clock.monotonic();
    });
  }

  /** Journals what the engine itself says or was ordered. It waits in the lane that is never refused. */
  publish(draft: Publishable): Promise<Receipt> {
    return this.#once(draft, (parcel) => this.#gate.control(parcel));
  }

  /**
   * Journals an event from outside, whose publisher waits for the receipt. Its mailbox is bounded.
   *
   * @throws {AiosError} `busy` when there is no room: nothing of it is kept
   */
  accept(draft: Publishable): Promise<Receipt> {
    const addressee = addresseeOf(draft);
    // What is refused anyway is refused before anything is made of it, unless its key has a receipt already.
    const refused = draft.idempotencykey === undefined ? this.#gate.refusalOf(addressee, 1) : undefined;
    if (refused !== undefined) return this.#refusals.reject(refused);
    return this.#once(draft, (parcel) => this.#gate.mail(addressee, [parcel]));
  }

  /** As `accept`, for several in their order: all find room, or none is taken. Keys that are known keep their receipts. */
  async acceptMany(drafts: readonly Publishable[]): Promise<readonly Receipt[]> {
    const receipts = new Receipts(drafts.length);
    const fresh: EventParcel<Publishable>[] = [];
    const beganMs = this.#deps.clock.monotonic();
    for (const [index, draft] of drafts.entries()) {
      if (draft.idempotencykey === undefined) fresh.push(new EventParcel(draft, beganMs, receipts, index));
      else
        receipts.follow(
          index,
          this.#once(draft, (parcel) => void fresh.push(parcel)),
        );
    }
    try {
      if (fresh.length > 0) this.#gate.mail(addresseeOfAll(fresh.map(({ draft }) => draft)), fresh);
    } catch (failure) {
      for (const parcel of fresh) parcel.failed(failure);
    }
    return receipts.all;
  }

  /** As `accept`, for what nobody waits for: where it finds no room it becomes a dead letter, counted with its cause. */
  offer(draft: Publishable): void {
    this.accept(draft).catch((failure: unknown) =>
      this.#overflow.lost(addresseeOf(draft), draft.type, asAiosError(failure).code),
    );
  }

  /** Takes nothing more from outside; resolves when all that was taken is written. */
  async closeGate(): Promise<void> {
    await this.#gate.close();
    await this.#overflow.stop();
  }

  /** What waits to be written, and how much was refused. */
  get gate(): GateState {
    return this.#gate.state;
  }

  /** The receipt of what was published under a key; `undefined` when nothing was, or so long ago that it is forgotten. */
  receiptOf(key: string): Receipt | undefined {
    return this.#keys.get(key);
  }

  /** Tells an event of the past to the folds, as when the journal is replayed: subscribers do not see it. */
  replay(event: AnyEvent): void {
    this.#recall(event);
    for (const { apply } of this.#folds) apply(event);
  }

  /**
   * A synchronous reader of every event, in order, before anybody else: read models and the actor host. What it
   * remembers of the events has to be named, or a start from a checkpoint would begin without it.
   */
  fold(apply: (event: AnyEvent) => void, ...states: readonly Checkpointed[]): void {
    this.#folds.push({ apply, states });
  }

  /** Everything that the events so far left behind, in the order in which it has to be restored. */
  get states(): readonly Checkpointed[] {
    return [this.#keys, ...this.#folds.flatMap(({ states }) => states)];
  }

  #recall(event: AnyEvent): void {
    if (event.idempotencykey !== undefined)
      this.#keys.add(event.idempotencykey, { id: event.id, sequence: event.sequence });
  }

  /** Handles events of one catalogue type, typed. */
  on<T extends EventType>(
    type: T,
    handle: (event: EventOf<T>) => void | Promise<void>,
    options?: Partial<SubscriptionOptions>,
  ): Subscription {
    return this.subscribe({ topic: type }, handle as (event: AnyEvent) => void | Promise<void>, {
      name: type,
      ...options,
    });
  }

  subscribe(
    filter: EventFilter,
    handle: (event: AnyEvent) => void | Promise<void>,
    options: SubscriptionOptions,
  ): Subscription {
    const subscription: QueuedSubscription = new QueuedSubscription(options, {
      matches: compileFilter(filter),
      handle,
      missed: (after, until) => this.#opened().read({ after, until }),
      failed: (event, failure) => this.#report(options.name, event, failure),
      released: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Live events as an RxJS stream. A subscriber that throws is reported; it and the others go on. */
  stream(filter: EventFilter = {}): Observable<AnyEvent> {
    const matches = compileFilter(filter);
    return this.#live.pipe(filterEvents(matches));
  }

  /** Durable events of the past with `after < sequence <= until`, in order. Throws `journal.unavailable` before there is a journal. */
  read(range: { readonly after?: number; readonly until?: number } = {}): AsyncIterable<AnyEvent> {
    return this.#opened().read(range);
  }

  /** The event of a sequence, while the journal still has it. */
  async eventAt(sequence: number): Promise<AnyEvent | undefined> {
    for await (const event of this.read({ after: sequence - 1, until: sequence })) return event;
    return undefined;
  }

  /** The last durable sequence; 0 before the first. */
  get lastSequence(): number {
    return this.#journal?.lastSequence ?? 0;
  }

  /** Why the journal took nothing the last time it was asked; `undefined` while it works. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** How often a fold failed on an event: from the first time on it may not stand where the journal does. */
  get faults(): number {
    return this.#faults;
  }

  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions];
  }

  #opened(): Journal {
    if (this.#journal === undefined) throw notOpen();
    return this.#journal;
  }

  /** Sends a draft on its way, unless its key was published before or is under way. */
  #once(draft: Publishable, send: (parcel: EventParcel<Publishable>) => void): Promise<Receipt> {
    const key = draft.idempotencykey;
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined) return Promise.resolve(known);
    const flying = key === undefined ? undefined : this.#inFlight.get(key);
    if (flying !== undefined) return flying;
    const awaiting = new OneReceipt();
    const parcel = new EventParcel(draft, this.#deps.clock.monotonic(), awaiting);
    try {
      send(parcel);
    } catch (failure) {
      return Promise.reject(failure);
    }
    if (key === undefined) return awaiting.receipt;
    const receipt = awaiting.receipt.finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, receipt);
    return receipt;
  }

  /** The event is dated when it leaves the gate: the journal's times are in the order of its sequences. */
  #write(parcel: EventParcel<Publishable>, over: Over<EventParcel<Publishable>>): void {
    const posted = new Posted(parcel, over, this.#decisions);
    if (this.#journal === undefined) posted.refused(notOpen());
    else this.#journal.send(this.#complete(parcel.draft), posted);
  }

  #complete(draft: Publishable): Unsequenced {
    const id = draft.id ?? this.#deps.entropy.id();
    const { cause } = draft;
    const at = this.#deps.clock.now();
    // Member by member: spreading what may be absent costs more than the rest of an event's way to the journal.
    const event: Mutable<Omit<UserEvent, "sequence">> = {
      specversion: "1.0",
      id,
      source: draft.source ?? ENGINE,
      type: draft.type,
      time: this.#timeOf(at),
      at,
      datacontenttype: "application/json",
      severity: draft.severity ?? (isKnown(draft.type) ? catalog[draft.type].severity : "info"),
      principal: draft.principal ?? "engine",
      correlationid: cause?.correlationid ?? id,
      depth: cause === undefined ? 0 : cause.depth + 1,
      data: draft.data as UserEvent["data"],
    };
    if (draft.subject !== undefined) event.subject = draft.subject;
    if (cause !== undefined) event.causationid = cause.id;
    if (draft.traceparent !== undefined) event.traceparent = draft.traceparent;
    if (draft.idempotencykey !== undefined) event.idempotencykey = draft.idempotencykey;
    return event;
  }

  /** Events of one moment share its text: in a batch there are a hundred of a millisecond. */
  #timeOf(at: number): string {
    if (this.#moment.at !== at) this.#moment = { at, time: isoTime(at) };
    return this.#moment.time;
  }

  #dispatch(event: AnyEvent): void {
    this.#recall(event);
    for (const { apply } of this.#folds) {
      try {
        apply(event);
      } catch (failure) {
        this.#faults++;
        this.#report("fold", event, failure);
      }
    }
    for (const subscription of this.#subscriptions) subscription.offer(event);
    if (!this.#live.observed) return;
    this.#telling = event;
    this.#live.next(event);
  }

  #report(subscriber: string, event: AnyEvent | undefined, failure: unknown): void {
    if (event === undefined) return;
    this.#deps.log.error("a subscriber failed", {
      subscriber,
      sequence: event.sequence,
      type: event.type,
      failure: messageOf(failure),
    });
    // A report about a report would never end.
    if (event.type === "subscriber.failed") return;
    const data: EventData<"subscriber.failed"> = {
      subscriber,
      message: messageOf(failure),
      failedSequence: event.sequence,
    };
    void this.publish({ type: "subscriber.failed", data, cause: event }).catch(() => undefined);
  }
}

function notOpen(): AiosError {
  return new AiosError("journal.unavailable", "the journal is not open yet");
}
