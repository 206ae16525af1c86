import { pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { HttpDeps } from "./deps.ts";
import type { Streams } from "./streams.ts";

const HEARTBEAT_MS = 15_000;

/**
 * An answer of server-sent events, as long as `send` writes them: what it writes waits for the reader. It ends with `send`,
 * when the reader goes away, and when the doors close. A comment every 15 s keeps the line open.
 *
 * @param what for the log
 */
export function sentEvents(
  deps: Pick<HttpDeps, "clock" | "log">,
  streams: Streams,
  what: string,
  send: (write: (text: string) => Promise<void>, signal: AbortSignal) => Promise<void>,
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
    await send(write, stream.signal);
  };
  void run()
    .catch((failure: unknown) => {
      if (!stream.signal.aborted) deps.log.debug(`${what} ended`, { failure: messageOf(failure) });
    })
    .finally(() => void writer.close().catch(() => undefined));
  void beat().catch(() => undefined);

  return new Response(readable, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}
