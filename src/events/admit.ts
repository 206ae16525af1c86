import { z } from "zod";
import { AiosError, type FailureCode, type Fault } from "../kernel/errors.ts";
import { parseIsoTime } from "../kernel/iso-time.ts";
import { catalog, familyOf, isKnown, reservedFamilies, typeName, userData } from "./catalog.ts";
import type { Draft } from "./envelope.ts";
import { faultsOf } from "./faults.ts";
import { severity } from "./vocabulary.ts";

/** An event from outside may have up to 1 MiB of JSON text in UTF-8. */
export const EVENT_BYTES = 1_048_576;
/** Deeper nesting than this is refused: nothing sensible needs it, and recursion has an end. */
const DEPTH = 64;

/** Who offers an event. `name` is how it stands in the journal as the principal. */
export type Publisher =
  | { readonly kind: "operator"; readonly name: string }
  | { readonly kind: "agent"; readonly name: string; readonly agentId: string };

/** An event that was let in. The bus takes it as it is. */
export type Admitted = Draft<string, Readonly<Record<string, unknown>>> & { readonly principal: string };

const text = z.string().min(1).max(512);
const parts = {
  type: z.string(),
  data: z.unknown().optional(),
  severity: severity.optional(),
  subject: text.optional(),
  id: text.optional(),
  source: text.optional(),
  traceparent: z
    .string()
    .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, "a W3C traceparent")
    .optional(),
  idempotencykey: z.string().min(1).max(256).optional(),
};

/** The form for hands and scripts: a member that is not known is a slip of the pen. */
const shortForm = z.strictObject(parts);

/** A CloudEvent may carry extensions; those that the journal does not keep are left out. */
const cloudEvent = z.object({
  ...parts,
  specversion: z.literal("1.0"),
  id: text,
  source: text,
  time: z
    .string()
    .refine((value) => parseIsoTime(value) !== undefined, "an RFC 3339 time")
    .optional(),
  datacontenttype: z
    .string()
    .regex(/^application\/([\w.-]+\+)?json\b/, "data is JSON here: application/json")
    .optional(),
  data_base64: z.undefined("binary data is not taken: send JSON in `data`").optional(),
});

/**
 * Lets an event in from outside, or says what is wrong with it: `event.unknown_type`, `event.invalid`, `event.reserved`
 * or `event.too_large`, with the JSON path of every fault below `root`. A CloudEvent is known by its `specversion`;
 * sent twice (same source and id, same publisher) it is taken once. Its own `time` is not kept: the journal's time is
 * when the event was accepted.
 */
export function admit(input: unknown, publisher: Publisher, root = ""): Admitted {
  assertPlain(input, root);
  const isCloudEvent = Object.hasOwn(input, "specversion");
  const read = (isCloudEvent ? cloudEvent : shortForm).safeParse(input);
  if (!read.success) throw invalid("The event is not well formed", faultsOf(read.error, root));
  const { type, data, id, idempotencykey, ...context } = read.data;
  const admitted = { ...context, ...ownership(read.data, publisher, root) };
  const key = idempotencykey ?? (isCloudEvent && id !== undefined ? `${admitted.source}#${id}` : undefined);
  return {
    type,
    data: admitData(type, data, publisher, root),
    principal: publisher.name,
    ...(id === undefined ? {} : { id }),
    ...(admitted.source === undefined ? {} : { source: admitted.source }),
    ...(admitted.subject === undefined ? {} : { subject: admitted.subject }),
    ...(admitted.severity === undefined ? {} : { severity: admitted.severity }),
    ...(admitted.traceparent === undefined ? {} : { traceparent: admitted.traceparent }),
    // Keys live in one space per publisher: nobody can take another's key, or the engine's.
    ...(key === undefined ? {} : { idempotencykey: `${publisher.name}/${key}` }),
  };
}

function assertPlain(input: unknown, root: string): asserts input is Readonly<Record<string, unknown>> {
  if (input === null || typeof input !== "object" || Array.isArray(input))
    throw invalid("An event is a JSON object", [{ path: root, message: "an object with `type` and `data`" }]);
  if (isDeeperThan(input, DEPTH))
    throw invalid(`The event is nested deeper than ${DEPTH} levels`, [{ path: root, message: "is nested too deeply" }]);
  const bytes = utf8Length(JSON.stringify(input));
  if (bytes > EVENT_BYTES)
    throw new AiosError("event.too_large", `${nameOf(root)} has ${bytes} bytes`, {
      faults: [{ path: root, message: `${bytes} bytes are more than ${EVENT_BYTES}` }],
    });
}

function ownership(
  event: { readonly source?: string | undefined; readonly subject?: string | undefined },
  publisher: Publisher,
  root: string,
) {
  if (publisher.kind === "operator") {
    if (event.source === "/aios" || event.source?.startsWith("/aios/") === true)
      throw refused("event.reserved", "The source /aios is the engine's own", root, "source");
    return { source: event.source ?? `/principals/${publisher.name}`, subject: event.subject };
  }
  const source = `/agents/${publisher.agentId}`;
  const subject = `agent/${publisher.agentId}`;
  const about = `Agent ${publisher.agentId} publishes events about itself only`;
  if (event.source !== undefined && event.source !== source) throw refused("event.reserved", about, root, "source");
  if (event.subject !== undefined && event.subject !== subject && !event.subject.startsWith(`${subject}/`))
    throw refused("event.reserved", about, root, "subject");
  return { source, subject: event.subject ?? subject };
}

function admitData(type: string, data: unknown, publisher: Publisher, root: string): Readonly<Record<string, unknown>> {
  const path = root === "" ? "data" : `${root}.data`;
  if (!isKnown(type)) {
    assertOwnType(type, root);
    return parse(userData, data ?? {}, type, path);
  }
  const entry = catalog[type];
  const allowed = entry.publishers === "agent" || (entry.publishers === "operator" && publisher.kind === "operator");
  if (!allowed)
    throw refused("event.reserved", `${type} is published by ${whoPublishes(entry.publishers)}`, root, "type");
  const known = parse<Readonly<Record<string, unknown>>>(entry.data, data, type, path);
  if (publisher.kind === "agent" && known["agentId"] !== undefined && known["agentId"] !== publisher.agentId)
    throw refused("event.reserved", `Agent ${publisher.agentId} publishes events about itself only`, path, "agentId");
  return known;
}

function assertOwnType(type: string, root: string): void {
  const named = typeName.safeParse(type);
  if (!named.success)
    throw new AiosError("event.unknown_type", `"${type.slice(0, 128)}" is not a type`, {
      faults: faultsOf(named.error, root === "" ? "type" : `${root}.type`),
    });
  if (reservedFamilies.has(familyOf(type)))
    throw refused("event.reserved", `Types under "${familyOf(type)}." belong to the engine`, root, "type");
}

function parse<T>(schema: z.ZodType<T>, data: unknown, type: string, path: string): T {
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  throw invalid(`The data does not fit ${type}`, faultsOf(read.error, path));
}

const whoPublishes = (publishers: "engine" | "operator" | "agent") =>
  publishers === "engine" ? "the engine alone" : "operators and the engine";

function invalid(detail: string, faults: readonly Fault[]): AiosError {
  return new AiosError("event.invalid", detail, { faults });
}

function refused(code: FailureCode, detail: string, root: string, member: string): AiosError {
  return new AiosError(code, detail, {
    faults: [{ path: root === "" ? member : `${root}.${member}`, message: detail }],
  });
}

const nameOf = (root: string) => (root === "" ? "The event" : `The event at ${root}`);

/** Walks without recursion, so that the check itself cannot run out of stack. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((item): unknown[] => (item !== null && typeof item === "object" ? Object.values(item) : []));
  }
  return false;
}

/** Bytes of a text in UTF-8, counted without making them. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    // A surrogate pair is 4 bytes in 2 units, anything else above U+07FF 3 bytes in one.
    bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
