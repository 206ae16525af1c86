import { type AnyActorRef, type AnyMachineSnapshot, createActor } from "xstate";
import type { AnyEvent } from "../events/envelope.ts";
import type { ActorKind } from "./kind.ts";

/** An event on its way to an actor: as its birth, as a deadline of its own that came, or as what it says. */
export interface Delivery {
  readonly event: AnyEvent;
  readonly as: "birth" | "event" | { readonly deadline: string };
}

/** Why an actor is quarantined, and what waits for it. */
export interface Held {
  /** The value before the event it failed at; absent when it failed at its birth. */
  readonly before: AnyMachineSnapshot | undefined;
  /** The delivery it failed at, and all that came since, bounded. */
  readonly waiting: Delivery[];
  readonly message: string;
  readonly sinceMs: number;
  /** Deliveries for which there was no room. */
  lost: number;
}

/** An actor. `id` is unique over restarts: the kind, a slash, and the name its birth gave it. */
export interface Resident {
  readonly id: string;
  /** The part of the id after the kind. */
  readonly name: string;
  readonly kind: ActorKind;
  readonly input: unknown;
  /** Sequence of the event that gave birth to it; absent for those that exist from the start. */
  readonly bornAt: number | undefined;
  actor: AnyActorRef;
  /** Events it has taken since it was created or restored. */
  taken: number;
  held: Held | undefined;
}

export function actorId(kind: ActorKind, name: string): string {
  return `${kind.name}/${name}`;
}

/** A resident whose actor is still to be created. */
export function unborn(kind: ActorKind, name: string, input: unknown, bornAt: number | undefined): Resident {
  const id = actorId(kind, name);
  const actor = createActor(kind.machine, { id, input });
  return { id, name, kind, input, bornAt, actor, taken: 0, held: undefined };
}

/** The value an actor stands at; of a quarantined one the last good value. */
export function snapshotOf({ actor, held }: Resident): AnyMachineSnapshot | undefined {
  return held === undefined ? (actor.getSnapshot() as AnyMachineSnapshot) : held.before;
}

/** The actors there are, quarantined ones among them, by id and by kind, in the order of their births. */
export class Residents {
  readonly #byId = new Map<string, Resident>();
  readonly #namesByKind = new Map<string, Set<string>>();

  add(resident: Resident): void {
    this.#byId.set(resident.id, resident);
    const names = this.#namesByKind.get(resident.kind.name);
    if (names === undefined) this.#namesByKind.set(resident.kind.name, new Set([resident.name]));
    else names.add(resident.name);
  }

  remove({ id, kind, name }: Resident): void {
    this.#byId.delete(id);
    this.#namesByKind.get(kind.name)?.delete(name);
  }

  get(id: string): Resident | undefined {
    return this.#byId.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** The names of a kind's actors as they are now: births and deaths while walking them change nothing. */
  namesOf(kind: ActorKind): readonly string[] {
    return [...(this.#namesByKind.get(kind.name) ?? [])];
  }

  all(): readonly Resident[] {
    return [...this.#byId.values()];
  }
}
