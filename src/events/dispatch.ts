import type { EventType } from "./catalog.ts";
import type { AnyEvent, EventOf } from "./envelope.ts";

/** One handler per event type, each with its own event; types left out are ignored. */
export type Handlers = { readonly [T in EventType]?: (event: EventOf<T>) => void };

/** Hears every event, and minds those of some types alone. */
export interface Dispatcher {
  (event: AnyEvent): void;
  readonly types: ReadonlySet<string>;
}

/** Hands each event to the handler of its type. One lookup, however many types there are. */
export function dispatcher(handlers: Handlers): Dispatcher {
  // The key and the handler's parameter are the same T, which a map cannot say.
  const byType = new Map(Object.entries(handlers) as [string, (event: AnyEvent) => void][]);
  const types: ReadonlySet<string> = new Set(byType.keys());
  return Object.assign((event: AnyEvent) => byType.get(event.type)?.(event), { types });
}
