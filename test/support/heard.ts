import type { EventData, EventType } from "../../src/events/catalog.ts";
import { catalog } from "../../src/events/catalog.ts";
import type { EventOf } from "../../src/events/envelope.ts";
import { isoTime } from "../../src/kernel/iso-time.ts";

let last = 0;

/** An event as it would stand in a journal. `at` is milliseconds since the epoch; sequences only grow. */
export function heard<T extends EventType>(
  type: T,
  data: EventData<T>,
  at = 1_000,
  more: { readonly principal?: string; readonly correlationid?: string } = {},
): EventOf<T> {
  last += 1;
  const id = `event-${last}`;
  return {
    specversion: "1.0",
    id,
    source: "/aios",
    type,
    time: isoTime(at),
    at,
    datacontenttype: "application/json",
    sequence: last,
    severity: catalog[type].severity,
    principal: more.principal ?? "engine",
    correlationid: more.correlationid ?? id,
    depth: 0,
    data,
  } as unknown as EventOf<T>;
}
