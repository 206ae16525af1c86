import { createRoute, z } from "@hono/zod-openapi";
import type { Publisher } from "../../events/admit.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import { compileFilter, type EventFilter } from "../../events/filter.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { EventsDoor, HttpDeps } from "../deps.ts";
import { readEvents } from "../event-input.ts";
import { eventStream, viewOf } from "../event-stream.ts";
import { documentsRight, needs } from "../guard.ts";
import { type Principal, principalName } from "../principals.ts";
import { answers, routes } from "../routing.ts";
import { eventInput, eventListQuery, eventQuery, eventView, receipt, receipts } from "../shapes/event.ts";
import type { Streams } from "../streams.ts";

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["events"],
  summary: "Events from the journal",
  ...needs("events.read"),
  request: { query: eventListQuery },
  responses: {
    200: answers(
      z.object({ items: z.array(eventView), next: z.number().int().nullable() }),
      "A page of events; `next` is the sequence to go on after, null at the end",
    ),
  },
});

const publishing = {
  tags: ["events"],
  summary: "Publish one event or a batch",
  description:
    "Accepted once durable. Takes a CloudEvent (structured or binary), `{type, data, severity?}`, an array of either, or " +
    "one event a line. A batch is accepted whole or not at all; each fault names its index. 429 when there is no room.",
  request: {
    body: {
      required: true,
      content: {
        "application/json": { schema: z.union([eventInput, z.array(eventInput)]) },
        "application/cloudevents+json": { schema: eventInput },
        "application/cloudevents-batch+json": { schema: z.array(eventInput) },
        "application/x-ndjson": { schema: z.string() },
      },
    },
  },
  responses: { 202: answers(z.union([receipt, receipts]), "Durable: `{id, sequence}`, of a batch `{items}`") },
};

const streaming = {
  tags: ["events"],
  summary: "Follow events as they happen (server-sent events)",
  description: "Resumes after `Last-Event-ID`, which is a sequence: first from the journal, then live, without a gap.",
  request: {
    query: eventQuery,
    headers: z.object({ "last-event-id": z.string().optional() }),
  },
  responses: { 200: { description: "Events", content: { "text/event-stream": { schema: z.string() } } } },
};

export function events(deps: HttpDeps, streams: Streams) {
  const app = routes();
  // Their bodies are no single JSON schema, so they are documented beside the router instead of validated by it.
  const { openAPIRegistry: described } = app;
  described.registerPath({ method: "post", path: "/", ...documentsRight("events.publish"), ...publishing });
  described.registerPath({ method: "get", path: "/stream", ...documentsRight("events.read"), ...streaming });

  app.post("/", needs("events.publish").middleware, async (c) => {
    const input = readEvents(
      {
        contentType: c.req.header("content-type") ?? "",
        body: await c.req.text(),
        header: (name) => c.req.header(name),
        idempotencyKey: c.req.header("idempotency-key"),
      },
      publisherOf(c.get("principal")),
    );
    const accepted = await deps.events.publish(input.drafts);
    const [first] = accepted;
    return input.kind === "one" && first !== undefined ? c.json(first, 202) : c.json({ items: accepted }, 202);
  });

  app.get("/stream", needs("events.read").middleware, (c) => {
    const query = readQuery(c.req.query());
    const lastSeen = c.req.header("last-event-id");
    const after = lastSeen === undefined ? query.after : sequenceOf(lastSeen);
    return eventStream(deps, streams, { after, filter: filterOf(query) });
  });

  return app.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const found = await (query.order === "newest" ? newest(deps.events, query) : oldest(deps.events, query));
    return c.json({ items: found.items.map(viewOf), next: found.next }, 200);
  });
}

type EventQuery = z.infer<typeof eventQuery>;
type ListQuery = z.infer<typeof eventListQuery>;

export function filterOf(query: EventQuery): EventFilter {
  return {
    ...(query.type === undefined ? {} : { topic: query.type }),
    ...(query.severity === undefined ? {} : { severity: query.severity }),
    ...(query.subject === undefined ? {} : { subject: query.subject }),
  };
}

export function readQuery(query: Readonly<Record<string, string>>): EventQuery {
  const read = eventQuery.safeParse(query);
  if (read.success) return read.data;
  throw new AiosError("input.invalid", "The query does not fit this route", {
    faults: read.error.issues.map(({ path, message }) => ({ path: path.join("."), message })),
  });
}

function sequenceOf(text: string): number {
  const sequence = Number(text);
  if (Number.isSafeInteger(sequence) && sequence >= 0) return sequence;
  throw new AiosError("input.invalid", `Last-Event-ID is a sequence, not "${text.slice(0, 64)}"`);
}

interface Found {
  readonly items: readonly AnyEvent[];
  readonly next: number | null;
}

async function oldest(events: EventsDoor, query: ListQuery): Promise<Found> {
  const matches = compileFilter(filterOf(query));
  const items: AnyEvent[] = [];
  for await (const event of events.read({ after: query.after ?? 0 })) {
    if (!matches(event)) continue;
    if (items.length === query.limit) return { items, next: items.at(-1)?.sequence ?? null };
    items.push(event);
  }
  return { items, next: null };
}

/** How far back one step of a search from the end reads. */
const STEP = 2000;

/** From the end backwards, in steps, until enough were found; `after` still bounds it below. */
async function newest(events: EventsDoor, query: ListQuery): Promise<Found> {
  const matches = compileFilter(filterOf(query));
  const floor = query.after ?? 0;
  let items: AnyEvent[] = [];
  for (let until = events.lastSequence(); until > floor && items.length < query.limit; until -= STEP) {
    const step: AnyEvent[] = [];
    for await (const event of events.read({ after: Math.max(floor, until - STEP), until }))
      if (matches(event)) step.push(event);
    items = [...items, ...step.reverse()];
  }
  return { items: items.slice(0, query.limit), next: null };
}

function publisherOf(principal: Principal): Publisher {
  const name = principalName(principal);
  return principal.role === "agent" ? { kind: "agent", name, agentId: principal.agentId } : { kind: "operator", name };
}
