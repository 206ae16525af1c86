import type { AnyEvent } from "../events/envelope.ts";
import type { EventFilter } from "../events/filter.ts";
import type { HttpDeps } from "./deps.ts";
import { follow } from "./feed.ts";
import { sentEvents } from "./sent-events.ts";
import type { EventView } from "./shapes/event.ts";
import type { Streams } from "./streams.ts";

const CAPACITY = 1024;

/** The event as it stands in the journal: `at` is `time` again, for our own arithmetic. */
export function viewOf(event: AnyEvent): EventView {
  const { at: _, ...stored } = event;
  return stored as EventView;
}

/**
 * Server-sent events from a position on: `id` is the sequence, `event` the type, `data` the event. Nothing is lost to a
 * slow reader: what it misses live is read from the journal again. A comment every 15 s keeps the line open.
 */
export function eventStream(
  deps: Pick<HttpDeps, "events" | "clock" | "log">,
  streams: Streams,
  from: { readonly after: number | undefined; readonly filter: EventFilter },
): Response {
  return sentEvents(deps, streams, "an event stream", (write, signal) =>
    follow(
      deps.events,
      { name: "event stream", ...from, capacity: CAPACITY, overflow: "catch_up", signal },
      {
        event: (event) =>
          write(`id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(viewOf(event))}\n\n`),
        dropped: (count) => write(`event: dropped\ndata: ${JSON.stringify({ count })}\n\n`),
        live: (sequence) => write(`: live after ${sequence}\n\n`),
      },
    ),
  );
}
