import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { documentsRight, needs } from "../guard.ts";
import { answers, routes, takes } from "../routing.ts";
import { sentEvents } from "../sent-events.ts";
import * as shapes from "../shapes/embedder.ts";
import type { Streams } from "../streams.ts";

const status = createRoute({
  method: "get",
  path: "/",
  tags: ["memory"],
  summary: "Where search by meaning stands: model, vectors there and lacking",
  ...needs("engine.read"),
  responses: { 200: answers(shapes.embedderStatus, "It stands so") },
});

const reindex = createRoute({
  method: "post",
  path: "/reindex",
  tags: ["memory"],
  summary: "Embed what has no vector of this embedder, or everything anew, in the background",
  description:
    "Words alone answer until it is done. What was made is kept at every step: after a crash the next start goes on.",
  ...needs("memory.move"),
  request: { body: takes(shapes.reindexInput) },
  responses: { 202: answers(shapes.embedderStatus, "It has begun") },
});

const download = createRoute({
  method: "post",
  path: "/download",
  tags: ["memory"],
  summary: "Fetch the model of the configuration from its hub, in the background",
  description: "409 where the embedder needs nothing that could be fetched. `download` in the status says how it went.",
  ...needs("memory.move"),
  responses: { 202: answers(shapes.embedderStatus, "It has begun") },
});

const following = {
  tags: ["memory"],
  summary: "Follow embedding and download until nothing is under way (server-sent events)",
  description: "An `EmbedderProgress` as `progress` now and after every change; the stream ends when all is done.",
  responses: { 200: { description: "Progress", content: { "text/event-stream": { schema: z.string() } } } },
};

/** What tells the meaning of texts. */
export function embedder(deps: HttpDeps, streams: Streams) {
  const app = routes();
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/progress",
    ...documentsRight("engine.read"),
    ...following,
  });
  app.get("/progress", needs("engine.read").middleware, () =>
    sentEvents(deps, streams, "the embedder's progress", async (write, signal) => {
      for await (const progress of deps.embedder.follow()) {
        if (signal.aborted) return;
        await write(`event: progress\ndata: ${JSON.stringify(progress)}\n\n`);
      }
    }),
  );
  return app
    .openapi(status, async (c) => c.json(await deps.embedder.status(), 200))
    .openapi(reindex, async (c) =>
      c.json(await deps.embedder.reindex(c.req.valid("json").anew, c.get("principal")), 202),
    )
    .openapi(download, async (c) => c.json(await deps.embedder.download(c.get("principal")), 202));
}
