import type { AnyEvent } from "../events/envelope.ts";
import type { ActorKind } from "./kind.ts";
import type { Delivery } from "./residents.ts";

/** What a machine is sent. */
export type Heard = { readonly type: string; readonly at: number } & Partial<AnyEvent>;

/** What a delivery says to the machine; `undefined` for nothing. What belongs to the kind may throw. */
export function heardBy(kind: ActorKind, { event, as }: Delivery): Heard | undefined {
  const heard = typeof as === "object" ? { type: `DEADLINE.${as.deadline}`, at: event.at } : saidTo(kind, event);
  return heard === undefined || kind.facts === undefined
    ? heard
    : Object.assign({}, heard, { facts: kind.facts(event) });
}

function saidTo({ hears }: ActorKind, event: AnyEvent): Heard | undefined {
  if (hears !== undefined) return hears(event);
  const { type, data, at, id, sequence, correlationid, depth } = event;
  return { type, data, at, id, sequence, correlationid, depth } as Heard;
}
