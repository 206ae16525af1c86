import { type Cause, causeOf } from "../events/envelope.ts";
import type { Cancel, Clock } from "../kernel/clock.ts";

export interface Due {
  readonly actor: string;
  readonly name: string;
  readonly dueAtMs: number;
}

interface Wanted {
  readonly due: Due;
  /** The event that led to it: what follows from the deadline follows from that. */
  readonly cause: Cause | undefined;
  cancel: Cancel | undefined;
}

/**
 * The deadlines of all actors, by absolute time. Until `goLive` they are only remembered, so that a replay arms nothing;
 * then each fires once, overdue ones at once.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #fire: (due: Due, cause: Cause | undefined) => void;
  readonly #wanted = new Map<string, Wanted>();
  #live = false;

  constructor(clock: Clock, fire: (due: Due, cause: Cause | undefined) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  want(due: Due, cause: Cause | undefined): void {
    this.drop(due.actor, due.name);
    const entry: Wanted = { due, cause: cause && causeOf(cause), cancel: undefined };
    this.#wanted.set(keyOf(due.actor, due.name), entry);
    if (this.#live) this.#arm(entry);
  }

  drop(actor: string, name: string): void {
    const key = keyOf(actor, name);
    this.#wanted.get(key)?.cancel?.();
    this.#wanted.delete(key);
  }

  dropAll(actor: string): void {
    for (const { due } of [...this.#wanted.values()]) if (due.actor === actor) this.drop(actor, due.name);
  }

  /** Takes a fired deadline off the list; false when it is stale: dropped or replaced since. */
  take(due: Due): boolean {
    const key = keyOf(due.actor, due.name);
    if (this.#wanted.get(key)?.due.dueAtMs !== due.dueAtMs) return false;
    this.#wanted.get(key)?.cancel?.();
    return this.#wanted.delete(key);
  }

  goLive(): void {
    this.#live = true;
    for (const entry of this.#wanted.values()) this.#arm(entry);
  }

  stop(): void {
    this.#live = false;
    for (const entry of this.#wanted.values()) entry.cancel?.();
  }

  list(): readonly Due[] {
    return [...this.#wanted.values()].map(({ due }) => due);
  }

  #arm(entry: Wanted): void {
    entry.cancel = this.#clock.at(entry.due.dueAtMs, () => this.#fire(entry.due, entry.cause));
  }
}

function keyOf(actor: string, name: string): string {
  return `${actor} ${name}`;
}
