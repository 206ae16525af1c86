import type { Severity } from "../../events/vocabulary.ts";
import { isoTime, parseIsoTime } from "../../kernel/iso-time.ts";
import type { Json } from "../../kernel/json.ts";
import { legacyType, severityOf } from "./names.ts";
import { type EarlierEvent, earlierEvent } from "./shapes.ts";

/** An event of the earlier system in the form that the doors take. Its type is `legacy.` and its old name. */
export interface ImportedEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time?: string;
  readonly severity?: Severity;
  readonly data: Readonly<Record<string, Json>>;
}

export type EventImport =
  | { readonly kind: "event"; readonly event: ImportedEvent }
  | { readonly kind: "refused"; readonly why: string };

const SOURCE = "/aios/earlier";

/**
 * Reads one line of an earlier event log. What it told of fixes and scores stays apart from what this engine verified:
 * nothing of it becomes an event of ours.
 *
 * @param line its number in the log, which names an event that has no id
 */
export function importEvent(record: unknown, line: number): EventImport {
  const read = earlierEvent.safeParse(record);
  if (!read.success)
    return { kind: "refused", why: "it has no shape of an event that is known: a type, a time and a payload" };
  const event = read.data;
  const severity = severityIn(event);
  const time = timeOf(event);
  return {
    kind: "event",
    event: {
      specversion: "1.0",
      id: "id" in event && event.id !== undefined ? event.id : `line-${line}`,
      source: SOURCE,
      type: legacyType(nameOf(event)),
      ...(time === undefined ? {} : { time }),
      ...(severity === undefined ? {} : { severity }),
      data: "payload" in event ? event.payload : event.data,
    },
  };
}

function nameOf(event: EarlierEvent): string {
  if ("type" in event) return event.type;
  return "event" in event ? event.event : event.event_type;
}

function severityIn(event: EarlierEvent): Severity | undefined {
  const said = "severity" in event ? event.severity : "payload" in event ? event.payload["severity"] : undefined;
  return typeof said === "string" ? severityOf(said) : undefined;
}

/** The earlier system wrote local times without a zone; they are read as UTC. */
function timeOf(event: EarlierEvent): string | undefined {
  if ("timestamp" in event) return isoTime(event.timestamp);
  if (!("ts" in event)) return undefined;
  const atMs = parseIsoTime(/(?:Z|[+-]\d\d:\d\d)$/.test(event.ts) ? event.ts : `${event.ts}Z`);
  return atMs === undefined ? undefined : isoTime(atMs);
}
