import { isoTime, parseIsoTime } from "../kernel/iso-time.ts";
import type { EventData, EventType } from "./catalog.ts";
import type { Severity } from "./vocabulary.ts";

/** The engine's own `source`, a URI-reference as CloudEvents asks. */
export const ENGINE = "/aios";

/**
 * A CloudEvents 1.0 event as it stands in the journal. `sequence` orders all events of one journal without gaps;
 * `causationid` names the event it follows from, `correlationid` the first of that chain, `depth` the steps between;
 * `principal` is who caused it. `at` is `time` in epoch milliseconds and is not stored.
 */
export interface Envelope<T extends string, D> {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: T;
  readonly subject?: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly sequence: number;
  readonly severity: Severity;
  readonly principal: string;
  readonly causationid?: string;
  readonly correlationid: string;
  readonly depth: number;
  readonly traceparent?: string;
  readonly idempotencykey?: string;
  readonly data: D;
  readonly at: number;
}

export type EventOf<T extends EventType> = T extends EventType ? Envelope<T, EventData<T>> : never;
export type UserEvent = Envelope<string, Readonly<Record<string, unknown>>>;
/** Any event of the catalogue; a user's own type travels as `UserEvent` and is told apart with `isKnown(event.type)`. */
export type AiosEvent = EventOf<EventType>;
export type AnyEvent = AiosEvent | UserEvent;

/** An event whose place in the journal is not yet known. */
export type Unsequenced = Omit<AnyEvent, "sequence">;

/** As much of an event as another one needs to follow from it. */
export type Cause = Pick<AnyEvent, "id" | "correlationid" | "depth">;

export function causeOf({ id, correlationid, depth }: Cause): Cause {
  return { id, correlationid, depth };
}

/** What a publisher says. Everything else is filled in. */
export interface Draft<T extends string = string, D = unknown> {
  readonly type: T;
  readonly data: D;
  readonly id?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly severity?: Severity;
  readonly principal?: string;
  readonly traceparent?: string;
  /** The event this one follows from. */
  readonly cause?: Cause;
  /** Publishing twice with one key gives the first event's receipt and changes nothing. */
  readonly idempotencykey?: string;
}

export type EngineDraft = { [T in EventType]: Draft<T, EventData<T>> }[EventType];

export interface Receipt {
  readonly id: string;
  readonly sequence: number;
}

/** Narrow an event by its type. */
export function is<T extends EventType>(event: AnyEvent, type: T): event is Extract<AiosEvent, { type: T }> {
  return event.type === type;
}

/** The event at its place in the journal. */
export function sequenced(event: Unsequenced, sequence: number): AnyEvent {
  // Written out so that all events have one shape: copying them costs ten times as much, and every reader pays for many shapes.
  const placed: { readonly [K in keyof UserEvent]-?: UserEvent[K] | undefined } = {
    specversion: event.specversion,
    id: event.id,
    source: event.source,
    type: event.type,
    subject: event.subject,
    time: event.time,
    at: event.at,
    datacontenttype: event.datacontenttype,
    sequence,
    severity: event.severity,
    principal: event.principal,
    causationid: event.causationid,
    correlationid: event.correlationid,
    depth: event.depth,
    traceparent: event.traceparent,
    idempotencykey: event.idempotencykey,
    data: event.data as UserEvent["data"],
  };
  return placed as AnyEvent;
}

/** Every member that is stored; one that is undefined is left out of the text. */
type Stored = { readonly [K in Exclude<keyof UserEvent, "at">]-?: UserEvent[K] | undefined };

const MARK = ',"commit":';

/** Marks a stored event as the last of a group that was made durable at once; `body` is what `encode` made of it. */
export function endGroup(body: string, events: number): string {
  return `${body.slice(0, -1)}${MARK}${events}}`;
}

/** The event as stored: one JSON object without line breaks, members in a fixed order, without its seal. */
export function encode(event: Unsequenced, sequence: number): string {
  // Written out because copying an event's members one by one costs three times as much, and every event comes through here.
  const stored: Stored = {
    specversion: event.specversion,
    id: event.id,
    source: event.source,
    type: event.type,
    subject: event.subject,
    time: event.time,
    datacontenttype: event.datacontenttype,
    severity: event.severity,
    principal: event.principal,
    causationid: event.causationid,
    correlationid: event.correlationid,
    depth: event.depth,
    traceparent: event.traceparent,
    idempotencykey: event.idempotencykey,
    sequence,
    data: event.data,
  };
  return JSON.stringify(stored);
}

/** The event of a stored line, with its seal or without, or `undefined` when the line is not one. */
export function decode(line: string): AnyEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(withoutMark(line));
  } catch {
    return undefined;
  }
  if (value === null || typeof value !== "object") return undefined;
  const stored = eventIn(value);
  if (typeof stored.type !== "string" || typeof stored.sequence !== "number" || typeof stored.time !== "string")
    return undefined;
  const at = parseIsoTime(stored.time);
  if (at === undefined || stored.data === undefined) return undefined;
  return Object.assign(stored as UserEvent, { at });
}

/** Cut off the text: taking a member out of an object costs as much as parsing the whole of it. */
function withoutMark(line: string): string {
  const last = line.length - 1;
  const end = contentEnd(line, last);
  return end === last || !line.endsWith("}") ? line : `${line.slice(0, end)}}`;
}

/** Where the members of an event end in a stored line: at `end`, or before the mark of `endGroup` that ends there. */
export function contentEnd(line: string, end: number): number {
  let digits = end;
  while (isDigit(line.charCodeAt(digits - 1))) digits--;
  const mark = digits - MARK.length;
  return digits < end && line.startsWith(MARK, mark) ? mark : end;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function eventIn(value: object): Partial<UserEvent> {
  if (!("seal" in value || "commit" in value)) return value;
  const { seal: _, commit: __, ...stored } = value as { readonly seal?: unknown; readonly commit?: unknown };
  return stored;
}

export function stamp(at: number): { readonly time: string; readonly at: number } {
  return { time: isoTime(at), at };
}
