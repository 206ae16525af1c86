import { type Cause, causeOf } from "../events/envelope.ts";
import { type Checkpointed, inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import type { Cancel, Clock } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";
import { groupsOf, number, objectOf, optional, text } from "../kernel/shape.ts";
import { Heap, type Placed } from "./heap.ts";

export interface Due {
  readonly actor: string;
  readonly name: string;
  readonly dueAtMs: number;
}

/** A deadline as it is kept: plain data, so that it can be written down and wanted again. */
export interface Wanted {
  readonly due: Due;
  /** The event that led to it: what follows from the deadline follows from that. */
  readonly cause: Cause | undefined;
}

interface Entry extends Wanted, Placed {
  readonly order: number;
}

export interface DeadlinesDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly fire: (due: Due, cause: Cause | undefined) => void;
}

/** A clock that went back by less is being kept right, not set. */
const SET_BACK_MS = 1_000;
/** So many fire in one turn of the loop: a long night's worth must not keep everybody else waiting. */
const AT_ONCE = 1_024;

/**
 * The deadlines of all actors, by the time of the wall clock. Until `goLive` they are only remembered, so that a replay
 * arms nothing; then each fires once, those that are overdue at once.
 *
 * Invariants:
 *  1. One timer is armed, whatever the number of deadlines: for the one that comes first, or earlier.
 *  2. They fire in the order of their times, those of one time in the order in which they were wanted.
 *  3. What fired stays wanted until it is taken: only then has its event been journaled.
 *  4. None fires before the wall clock has reached its time. A clock set forward fires at once what it passed over; one
 *     that is set back makes them wait until it has come to their time again, which is logged.
 */
export class Deadlines implements Checkpointed {
  readonly name = "deadlines";
  readonly version = 1;
  readonly #deps: DeadlinesDeps;
  readonly #byActor = new Map<string, Map<string, Entry>>();
  readonly #coming = new Heap<Entry>();
  #order = 0;
  #live = false;
  #armed: { readonly atMs: number; readonly cancel: Cancel } | undefined;
  /** The wall clock against the one that never jumps. */
  #offsetMs: number | undefined;

  constructor(deps: DeadlinesDeps) {
    this.#deps = deps;
  }

  snapshot(): Snapshot {
    return { wanted: inGroups(this.wanted()) };
  }

  /** Before `goLive`: nothing that was wanted is armed yet. */
  restore(value: unknown): void {
    const { wanted } = saved(value, this.name);
    for (const actor of [...this.#byActor.keys()]) this.dropAll(actor);
    for (const { due, cause } of wanted) this.want(due, cause);
  }

  want({ actor, name, dueAtMs }: Due, cause: Cause | undefined): void {
    const own = this.#byActor.get(actor) ?? new Map<string, Entry>();
    this.#byActor.set(actor, own);
    const before = own.get(name);
    if (before !== undefined) this.#coming.remove(before);
    const due = { actor, name, dueAtMs };
    const entry: Entry = { due, cause: cause && causeOf(cause), order: this.#order++, place: -1 };
    own.set(name, entry);
    this.#coming.add(entry, dueAtMs);
    this.#arm();
  }

  drop(actor: string, name: string): void {
    const own = this.#byActor.get(actor);
    const entry = own?.get(name);
    if (own === undefined || entry === undefined) return;
    own.delete(name);
    if (own.size === 0) this.#byActor.delete(actor);
    this.#coming.remove(entry);
    this.#arm();
  }

  dropAll(actor: string): void {
    const own = this.#byActor.get(actor);
    if (own === undefined) return;
    this.#byActor.delete(actor);
    for (const entry of own.values()) this.#coming.remove(entry);
    this.#arm();
  }

  /** Takes a fired deadline off the list; false when it is stale: dropped or replaced since. */
  take({ actor, name, dueAtMs }: Due): boolean {
    if (this.#byActor.get(actor)?.get(name)?.due.dueAtMs !== dueAtMs) return false;
    this.drop(actor, name);
    return true;
  }

  goLive(): void {
    this.#live = true;
    this.#arm();
  }

  stop(): void {
    this.#live = false;
    this.#disarm();
  }

  /** In the order in which they were wanted; wanting them again in that order gives the same firings. */
  wanted(): readonly Wanted[] {
    return [...this.#byActor.values()]
      .flatMap((own) => [...own.values()])
      .sort((a, b) => a.order - b.order)
      .map(({ due, cause }) => ({ due, cause }));
  }

  #arm(): void {
    if (!this.#live) return;
    const next = this.#coming.first?.due.dueAtMs;
    // A timer that comes too early looks again: dropping the first of many costs no new timer.
    if (next !== undefined && this.#armed !== undefined && this.#armed.atMs <= next) return;
    this.#disarm();
    if (next === undefined) return;
    this.#lookAtTheClock();
    this.#armed = { atMs: next, cancel: this.#deps.clock.at(next, () => this.#wake()) };
  }

  #disarm(): void {
    this.#armed?.cancel();
    this.#armed = undefined;
  }

  #wake(): void {
    this.#armed = undefined;
    const now = this.#deps.clock.now();
    for (let fired = 0; fired < AT_ONCE; fired++) {
      const entry = this.#coming.first;
      if (entry === undefined || entry.due.dueAtMs > now) break;
      this.#coming.remove(entry);
      this.#deps.fire(entry.due, entry.cause);
    }
    this.#arm();
  }

  #lookAtTheClock(): void {
    const { clock, log } = this.#deps;
    const offsetMs = clock.now() - clock.monotonic();
    const backMs = (this.#offsetMs ?? offsetMs) - offsetMs;
    this.#offsetMs = offsetMs;
    if (backMs < SET_BACK_MS) return;
    log.warn("the clock was set back: deadlines wait until it has come to their time again", {
      backMs: Math.round(backMs),
      waiting: this.#coming.size,
      advice: "set the clock right; cooldowns, backoffs and expiries wanted before are late by that much until then",
    });
  }
}

const dueShape = objectOf<Due>({ actor: text, name: text, dueAtMs: number });
const causeShape = objectOf<Cause>({ id: text, correlationid: text, depth: number });
const saved = objectOf({ wanted: groupsOf(objectOf<Wanted>({ due: dueShape, cause: optional(causeShape) })) });
