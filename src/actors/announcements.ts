import type { Publishable } from "../events/bus.ts";
import { type AnyEvent, causeOf } from "../events/envelope.ts";
import { type Checkpointed, inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import { groupsOf, objectOf, row } from "../kernel/shape.ts";
import type { Output } from "../machines/output.ts";
import { type Ending, InOrder, type InOrderDeps } from "./in-order.ts";
import type { UnderWay } from "./under-way.ts";

export interface AnnouncementsDeps extends InOrderDeps {
  readonly underWay: UnderWay;
}

interface Pending {
  readonly key: string;
  readonly draft: Publishable;
  readonly actor: string;
  readonly sequence: number;
}

const saved = objectOf({ pending: groupsOf(row<Pending>()) });

/**
 * Journals what actors conclude. Each conclusion carries a key derived from the event that led to it, so it is journaled
 * once, also over a crash: it is pending until the journal turns out to have it.
 */
export class Announcements implements Checkpointed {
  readonly name = "announcements";
  readonly version = 1;
  readonly #deps: AnnouncementsDeps;
  readonly #pending = new Map<string, Pending>();
  /** Keys of what is pending, by actor, in the order of its conclusions. */
  readonly #byActor = new Map<string, Set<string>>();
  readonly #inOrder: InOrder;
  #live = false;

  constructor(deps: AnnouncementsDeps) {
    this.#deps = deps;
    this.#inOrder = new InOrder(deps);
  }

  snapshot(): Snapshot {
    return { pending: inGroups([...this.#pending.values()]) };
  }

  restore(value: unknown): void {
    this.#pending.clear();
    this.#byActor.clear();
    for (const pending of saved(value, this.name).pending) this.#expect(pending);
  }

  /** `index` is the place of the output among those of the same step. */
  announce(
    actor: string,
    output: Extract<Output, { type: "announce" }>,
    index: number,
    cause: AnyEvent | undefined,
  ): void {
    const key =
      output.key === undefined ? `${actor}#${cause?.sequence ?? 0}#${index}` : `${output.event}:${output.key}`;
    if (this.#deps.bus.receiptOf(key) !== undefined) return;
    const from = output.cause ?? cause;
    const draft = {
      type: output.event,
      data: output.data,
      idempotencykey: key,
      ...(output.subject === undefined ? {} : { subject: output.subject }),
      ...(output.severity === undefined ? {} : { severity: output.severity }),
      ...(from === undefined ? {} : { cause: causeOf(from) }),
    } as Publishable;
    const pending = { key, draft, actor, sequence: cause?.sequence ?? 0 };
    this.#expect(pending);
    if (this.#live) void this.#say(pending);
  }

  /** Journals what the host itself has to say; never forgotten, and keyed by the caller. Resolves once it is durable. */
  publish(draft: Publishable): Promise<void> {
    return this.#tracked(this.#inOrder.publish(draft.idempotencykey ?? draft.type, draft));
  }

  /**
   * The event may be what an actor had announced. In a replay everything the same actor concluded from earlier events
   * was journaled before it, because nothing overtakes what it said before: what is not there was never said, by the
   * machine as it was then.
   */
  recognise({ idempotencykey }: AnyEvent): void {
    // Mostly none is awaited, and every event has a key to look for.
    if (idempotencykey === undefined || this.#pending.size === 0) return;
    const pending = this.#pending.get(idempotencykey);
    if (pending === undefined) return;
    const keys = this.#byActor.get(pending.actor);
    this.#drop(pending);
    if (this.#live) return;
    for (const key of keys ?? []) {
      const earlier = this.#pending.get(key);
      if (earlier === undefined || earlier.sequence >= pending.sequence) break;
      this.#drop(earlier);
    }
  }

  /** Ends the replay and journals, in order, what was announced but not written before a crash. */
  async goLive(): Promise<void> {
    this.#live = true;
    // All are on their way before the first is heard: what follows from that one comes after the others.
    await Promise.all([...this.#pending.values()].map((pending) => this.#say(pending)));
  }

  /** What the journal refuses from now on is given up. */
  stop(): void {
    this.#inOrder.stop();
  }

  #say(pending: Pending): Promise<void> {
    const told = this.#inOrder.publish(pending.actor, pending.draft);
    // Where it had been published before, no event comes that could be recognised.
    return this.#tracked(told, () => this.#drop(pending));
  }

  #tracked(told: Promise<Ending>, journaled = (): void => undefined): Promise<void> {
    const over = told.then((ending) => {
      if (ending === "journaled") journaled();
    });
    this.#deps.underWay.track(over);
    return over;
  }

  #expect(pending: Pending): void {
    const { key, actor } = pending;
    this.#pending.set(key, pending);
    const keys = this.#byActor.get(actor);
    if (keys === undefined) this.#byActor.set(actor, new Set([key]));
    else keys.add(key);
  }

  #drop({ key, actor }: Pending): void {
    this.#pending.delete(key);
    const keys = this.#byActor.get(actor);
    keys?.delete(key);
    if (keys?.size === 0) this.#byActor.delete(actor);
  }
}
