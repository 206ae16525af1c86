import { type Admitted, admit, type Publisher } from "../events/admit.ts";
import { AiosError, type Fault } from "../kernel/errors.ts";

/** Events in one batch. */
const BATCH = 1000;

/** One event, or a batch in the order it was sent. */
export type EventInput = { readonly kind: "one" | "batch"; readonly drafts: readonly Admitted[] };

export interface EventRequest {
  readonly contentType: string;
  readonly body: string;
  readonly header: (name: string) => string | undefined;
  readonly idempotencyKey: string | undefined;
}

/**
 * Reads what was posted: a CloudEvent (structured, or binary with `ce-` headers), `{type, data, severity?}`, a batch as
 * an array, or one event a line (`application/x-ndjson`). Of a batch everything is checked before anything is accepted:
 * one bad event refuses it whole, and every fault names its index.
 */
export function readEvents(request: EventRequest, publisher: Publisher): EventInput {
  const contentType = request.contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (contentType === "application/x-ndjson") return batch(readLines(request.body), publisher, request.idempotencyKey);
  if (request.header("ce-specversion") !== undefined) return one(binary(request), publisher, request.idempotencyKey);
  if (!/^application\/([\w.-]+\+)?json$/.test(contentType))
    throw new AiosError("input.invalid", `The content type is "${contentType}"`, {
      faults: [{ path: "", message: "send application/json, application/cloudevents+json or application/x-ndjson" }],
    });
  const value = parse(request.body);
  if (!Array.isArray(value)) return one(value, publisher, request.idempotencyKey);
  return batch(
    value.map((item: unknown) => ({ ok: true, value: item })),
    publisher,
    request.idempotencyKey,
  );
}

type Line = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

function one(value: unknown, publisher: Publisher, key: string | undefined): EventInput {
  return { kind: "one", drafts: [admit(withKey(value, key), publisher)] };
}

function batch(lines: readonly Line[], publisher: Publisher, key: string | undefined): EventInput {
  if (lines.length === 0 || lines.length > BATCH)
    throw new AiosError("input.invalid", `A batch has 1 to ${BATCH} events; this one has ${lines.length}`);
  const drafts: Admitted[] = [];
  const refusals: AiosError[] = [];
  lines.forEach((line, index) => {
    try {
      if (!line.ok) throw malformed(index, line.message);
      const keyed = withKey(line.value, key === undefined ? undefined : `${key}#${index}`);
      drafts.push(admit(keyed, publisher, `[${index}]`));
    } catch (failure) {
      if (!(failure instanceof AiosError)) throw failure;
      refusals.push(failure);
    }
  });
  const first = refusals[0];
  if (first === undefined) return { kind: "batch", drafts };
  throw new AiosError(
    first.code,
    `${refusals.length} of ${lines.length} events are not acceptable, so nothing of the batch was accepted: ${first.message}`,
    { faults: refusals.flatMap(({ faults }) => faults) },
  );
}

function readLines(body: string): readonly Line[] {
  return body
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): Line => {
      try {
        return { ok: true, value: JSON.parse(line) };
      } catch (failure) {
        return { ok: false, message: failure instanceof Error ? failure.message : "not JSON" };
      }
    });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : "not JSON";
    throw new AiosError("input.invalid", "The body is not JSON", { cause, faults: [{ path: "", message }] });
  }
}

function malformed(index: number, message: string): AiosError {
  const fault: Fault = { path: `[${index}]`, message: `is not JSON: ${message}` };
  return new AiosError("event.invalid", `Line ${index + 1} is not JSON`, { faults: [fault] });
}

const attributes = ["specversion", "id", "source", "type", "subject", "time", "severity", "traceparent"] as const;

/** The binary form: context in `ce-` headers (percent-encoded where not ASCII), the body is the data alone. */
function binary(request: EventRequest): unknown {
  const context = attributes.flatMap((name) => {
    const value = request.header(`ce-${name}`);
    return value === undefined ? [] : [[name, percentDecoded(value)] as const];
  });
  const data = request.body === "" ? {} : { data: parse(request.body) };
  return { ...Object.fromEntries(context), datacontenttype: request.contentType || "application/json", ...data };
}

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The request's own `Idempotency-Key` stands for the event unless the event brings one. */
function withKey(value: unknown, key: string | undefined): unknown {
  if (key === undefined || value === null || typeof value !== "object" || Object.hasOwn(value, "idempotencykey"))
    return value;
  return Array.isArray(value) ? value : { ...value, idempotencykey: key };
}
