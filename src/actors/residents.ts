import type { AnyActorRef } from "xstate";
import type { ActorKind } from "./kind.ts";

/** A running actor. `id` is unique over restarts: the kind, a slash, and the name its birth gave it. */
export interface Resident {
  readonly id: string;
  /** The part of the id after the kind. */
  readonly name: string;
  readonly kind: ActorKind;
  readonly actor: AnyActorRef;
}

export function actorId(kind: ActorKind, name: string): string {
  return `${kind.name}/${name}`;
}

/** The actors that run, by id and by kind, in the order of their births. */
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

  /** The names of a kind's living actors as they are now: births and deaths while walking them change nothing. */
  namesOf(kind: ActorKind): readonly string[] {
    return [...(this.#namesByKind.get(kind.name) ?? [])];
  }

  all(): readonly Resident[] {
    return [...this.#byId.values()];
  }
}
