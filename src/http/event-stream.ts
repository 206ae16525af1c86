import type { AnyEvent } from "../events/envelope.ts";
import type { EventFilter } from "../events/filter.ts";
import { pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { HttpDeps } from "./deps.ts";
import { follow } from "./feed.ts";
import type { EventView } from "./shapes/event.ts";
import type { Streams } from "./streams.ts";

const CAPACITY = 1024;
const HEARTBEAT_MS = 15_000;

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
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const stream = streams.open();
  const encoder = new TextEncoder();
  const write = (text: string) => writer.write(encoder.encode(text));
  // A reader that goes away errors the writer: that ends the stream.
  writer.closed.catch(() => undefined).finally(stream.end);

  const beat = async () => {
    while (!stream.signal.aborted) {
      await pause(deps.clock, HEARTBEAT_MS, stream.signal);
      if (!stream.signal.aborted) await write(": still here\n\n");
    }
  };
  const run = async () => {
    using _open = stream;
    await write(`retry: 1000\n\n`);
    await follow(
      deps.events,
      { name: "event stream", ...from, capacity: CAPACITY, overflow: "catch_up", signal: stream.signal },
      {
        event: (event) =>
          write(`id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(viewOf(event))}\n\n`),
        dropped: (count) => write(`event: dropped\ndata: ${JSON.stringify({ count })}\n\n`),
        live: (sequence) => write(`: live after ${sequence}\n\n`),
      },
    );
  };
  void run()
    .catch((failure: unknown) => {
      if (!stream.signal.aborted) deps.log.debug("an event stream ended", { failure: messageOf(failure) });
    })
    .finally(() => void writer.close().catch(() => undefined));
  void beat().catch(() => undefined);

  return new Response(readable, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}
