import { type EventType, isKnown } from "../events/catalog.ts";
import type { AnyEvent } from "../events/envelope.ts";
import type { ActorKind, Reflex } from "./kind.ts";

interface Route {
  readonly kind: ActorKind;
  readonly names: (event: AnyEvent) => readonly string[] | "all";
}

/** Whom each event type concerns, looked up once: in the order the kinds and reflexes were given. */
export class Routing {
  readonly #routes = new Map<EventType, Route[]>();
  readonly #births = new Map<EventType, ActorKind[]>();
  readonly #reflexes = new Map<EventType, Reflex[]>();

  constructor(kinds: readonly ActorKind[], reflexes: readonly Reflex[]) {
    for (const kind of kinds) {
      if (kind.birth !== undefined) append(this.#births, kind.birth.on, kind);
      for (const [type, names] of Object.entries(kind.routes)) {
        if (isKnown(type) && names !== undefined) append(this.#routes, type, { kind, names: names as Route["names"] });
      }
    }
    for (const reflex of reflexes) for (const type of reflex.listens) append(this.#reflexes, type, reflex);
  }

  /** The kinds of which the event may give birth to an actor. */
  birthsBy(type: EventType): readonly ActorKind[] {
    return this.#births.get(type) ?? [];
  }

  routesOf(type: EventType): readonly Route[] {
    return this.#routes.get(type) ?? [];
  }

  reflexesTo(type: EventType): readonly Reflex[] {
    return this.#reflexes.get(type) ?? [];
  }
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
