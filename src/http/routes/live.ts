import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { HttpDeps, InspectorMessage } from "../deps.ts";
import type { HttpEnv } from "../env.ts";
import { viewOf } from "../event-stream.ts";
import { follow } from "../feed.ts";
import { documentsRight, needs } from "../guard.ts";
import { Outbox } from "../outbox.ts";
import { routes } from "../routing.ts";
import { eventQuery } from "../shapes/event.ts";
import type { Socket } from "../sockets.ts";
import type { Streams } from "../streams.ts";
import { filterOf, readQuery } from "./events.ts";

const CAPACITY = 1024;
const GOING_AWAY = 1001;

/** What `/ws` says, one JSON object a message. */
export type LiveMessage =
  | { readonly kind: "hello"; readonly version: string; readonly lastSequence: number }
  | { readonly kind: "event"; readonly event: unknown }
  | { readonly kind: "live"; readonly sequence: number }
  | { readonly kind: "state"; readonly state: "overview"; readonly value: unknown }
  | { readonly kind: "dropped"; readonly count: number }
  | { readonly kind: "pong" };

const switching = { 101: { description: "A WebSocket; its messages are JSON objects" } };

/** `/ws` and `/ws/inspect`: both need a token or session and, like every request, an allowed Host and Origin. */
export function live(deps: HttpDeps, streams: Streams) {
  const app = routes();
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/ws",
    tags: ["live"],
    summary: "Events and state as they change, over a WebSocket",
    description:
      "Messages: `hello`, `event`, `live` (history is over), `state` (the overview, at most once a second, with " +
      "`state=overview`), `dropped` (so many events were lost to slowness), `pong` for a `ping`.",
    ...documentsRight("events.read"),
    request: { query: eventQuery.extend({ state: z.enum(["overview"]).optional() }) },
    responses: switching,
  });
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/ws/inspect",
    tags: ["live"],
    summary: "The Stately inspection protocol of the running machines",
    description:
      "`@xstate.actor`, `@xstate.event` and `@xstate.snapshot`, redacted; `@aios.dropped` says what was lost.",
    ...documentsRight("engine.read"),
    request: { query: z.object({ actors: z.string().optional() }) },
    responses: switching,
  });
  app.get("/ws", needs("events.read").middleware, (c) => {
    const query = readQuery(c.req.query());
    const wantsState = c.req.query("state") === "overview";
    return accept(c, (socket) => serveEvents(deps, streams, socket, { ...query, wantsState }));
  });
  app.get("/ws/inspect", needs("engine.read").middleware, (c) => {
    const actors = (c.req.query("actors") ?? "").split(",").filter((actor) => actor !== "");
    return accept(c, (socket) => serveInspection(deps, streams, socket, actors));
  });
  return app;
}

function accept(c: Context<HttpEnv>, run: (socket: Socket) => void): Response {
  const upgrade = c.env?.accept;
  if (upgrade === undefined) throw new AiosError("input.invalid", "This address speaks WebSocket: ask for an upgrade");
  upgrade(run);
  return new Response(null, { status: 204 });
}

type EventWishes = z.infer<typeof eventQuery> & { readonly wantsState: boolean };

function serveEvents(deps: HttpDeps, streams: Streams, socket: Socket, wishes: EventWishes): void {
  const stream = streams.open();
  const say = (message: LiveMessage) => socket.send(JSON.stringify(message));
  socket.onClose(stream.end);
  socket.onMessage((text) => {
    if (isPing(text)) void say({ kind: "pong" }).catch(stream.end);
  });
  const state = wishes.wantsState ? overviewTeller(deps, say, stream.signal) : undefined;
  const run = async () => {
    using _open = stream;
    await say({ kind: "hello", version: deps.version, lastSequence: deps.events.lastSequence() });
    await follow(
      deps.events,
      {
        name: "event socket",
        after: wishes.after,
        filter: filterOf(wishes),
        capacity: CAPACITY,
        overflow: "drop_oldest",
        signal: stream.signal,
      },
      {
        event: async (event) => {
          await say({ kind: "event", event: viewOf(event) });
          state?.();
        },
        dropped: async (count) => {
          streams.countDropped(count);
          await say({ kind: "dropped", count });
        },
        live: async (sequence) => {
          await say({ kind: "live", sequence });
          state?.();
        },
      },
    );
  };
  finish(deps, run, stream.signal, socket);
}

const STATE_MS = 1000;

/** Tells the overview when asked, but not more often than once a second; the last wish is never forgotten. */
function overviewTeller(deps: HttpDeps, say: (message: LiveMessage) => Promise<void>, signal: AbortSignal): () => void {
  let armed = false;
  let next = 0;
  const tell = async () => {
    armed = false;
    if (signal.aborted) return;
    next = deps.clock.now() + STATE_MS;
    await say({ kind: "state", state: "overview", value: await deps.overview() });
  };
  return () => {
    if (armed) return;
    armed = true;
    const cancel = deps.clock.at(Math.max(deps.clock.now(), next), () => {
      signal.removeEventListener("abort", cancel);
      void tell().catch((failure: unknown) => {
        if (!signal.aborted) deps.log.warn("the overview could not be told", { failure: messageOf(failure) });
      });
    });
    signal.addEventListener("abort", cancel, { once: true });
  };
}

function serveInspection(deps: HttpDeps, streams: Streams, socket: Socket, actors: readonly string[]): void {
  const stream = streams.open();
  socket.onClose(stream.end);
  const outbox = new Outbox<InspectorMessage>({
    capacity: CAPACITY,
    // Without its definition a snapshot means nothing: definitions are never what is dropped.
    keep: (message) => message.type === "@xstate.actor",
    send: (message) => socket.send(JSON.stringify(message)),
    dropped: (count) => {
      streams.countDropped(count);
      return socket.send(JSON.stringify({ type: "@aios.dropped", count }));
    },
    failed: stream.end,
  });
  const run = async () => {
    using _open = stream;
    using _watching = deps.machines.watch(actors, (message) => outbox.put(message));
    if (stream.signal.aborted) return;
    await new Promise<void>((resolve) => stream.signal.addEventListener("abort", () => resolve(), { once: true }));
  };
  finish(deps, run, stream.signal, socket);
}

function finish(deps: HttpDeps, run: () => Promise<void>, signal: AbortSignal, socket: Socket): void {
  void run()
    .catch((failure: unknown) => {
      if (!signal.aborted) deps.log.debug("a socket ended", { failure: messageOf(failure) });
    })
    .finally(() => socket.close(GOING_AWAY, "the stream is over"));
}

function isPing(text: string): boolean {
  return text.length < 64 && /"kind"\s*:\s*"ping"/.test(text);
}
