import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { needs } from "../guard.ts";
import { routes } from "../routing.ts";

const take = createRoute({
  method: "get",
  path: "/backup",
  tags: ["engine"],
  summary: "The engine's data as one tar.gz, taken while it works",
  description:
    "The journal up to an event, and the memory, outputs and tokens' hashes that belong to it. `manifest.json` is its " +
    "last file: without it the backup was cut short. `secrets=true` adds the operator's own token.",
  ...needs("engine.backup"),
  request: { query: z.object({ secrets: z.enum(["true", "false"]).optional() }) },
  responses: {
    200: {
      description: "The backup",
      content: { "application/gzip": { schema: z.string().openapi({ format: "binary" }) } },
    },
  },
});

export function backup(deps: HttpDeps) {
  return routes().openapi(take, async (c) => {
    const secrets = c.req.valid("query").secrets === "true";
    const chunks = deps.backup({ secrets }, c.get("principal"))[Symbol.asyncIterator]();
    // What cannot even begin is told as a problem; later there is nothing left but to break off.
    const first = await chunks.next();
    const headers = {
      "content-type": "application/gzip",
      "content-disposition": 'attachment; filename="aios-backup.tar.gz"',
    };
    return c.body(streamOf(first, chunks), 200, headers);
  });
}

function streamOf(
  first: IteratorResult<Uint8Array, unknown>,
  chunks: AsyncIterator<Uint8Array>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next: IteratorResult<Uint8Array, unknown> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      const taken = next ?? (await chunks.next());
      next = undefined;
      if (taken.done === true) controller.close();
      else controller.enqueue(Uint8Array.from(taken.value));
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}
