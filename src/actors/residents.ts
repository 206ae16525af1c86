import type { AnyMachineSnapshot } from "xstate";
import type { AnyEvent } from "../events/envelope.ts";
import type { ActorKind } from "./kind.ts";
import { Stage } from "./stage.ts";

/** An event on its way to an actor: as its birth, as a deadline of its own that came, or as what it says. */
export interface Delivery {
  readonly event: AnyEvent;
  readonly as: "birth" | "event" | { readonly deadline: string };
}

/** Deliveries that are kept for an actor that does not run; further ones are counted and lost to it. */
export const MOST_KEPT = 10_000;

/** Why an actor is quarantined, and what waits for it. */
export interface Held {
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
  /** Where its steps are taken. */
  readonly stage: Stage;
  /** Sequence of the event that gave birth to it; absent for those that exist from the start. */
  readonly bornAt: number | undefined;
  /** The value it stands at, while quarantined the last good one; absent before its beginning. */
  snapshot: AnyMachineSnapshot | undefined;
  held: Held | undefined;
}

export function actorId(kind: ActorKind, name: string): string {
  return `${kind.name}/${name}`;
}

/** The actors there are, quarantined ones among them, by id and by kind, in the order of their births. */
export class Residents {
  readonly #byId = new Map<string, Resident>();
  readonly #namesByKind = new Map<string, Set<string>>();
  readonly #stages = new Map<ActorKind, Stage>();

  /** One who stands nowhere yet, and is not among the others before it is added. */
  unborn(kind: ActorKind, name: string, bornAt: number | undefined): Resident {
    const stage = this.#stages.get(kind) ?? new Stage(kind.machine);
    this.#stages.set(kind, stage);
    return { id: actorId(kind, name), name, kind, stage, bornAt, snapshot: undefined, held: undefined };
  }

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
