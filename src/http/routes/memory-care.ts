import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { needs } from "../guard.ts";
import { askerOf } from "../memory-asker.ts";
import { answers, routes, takes } from "../routing.ts";
import { itemView } from "../shapes/memory.ts";
import * as shapes from "../shapes/memory-care.ts";

const key = z.object({ key: z.string().min(1).max(256) });

const review = createRoute({
  method: "post",
  path: "/review",
  tags: ["memory"],
  summary: "What says the same and what contradicts each other, in one space; nothing is changed",
  ...needs("memory.read"),
  request: { body: takes(shapes.careInput) },
  responses: { 200: answers(shapes.alikeViews, "Pairs, each with why") },
});

const tidy = createRoute({
  method: "post",
  path: "/tidy",
  tags: ["memory"],
  summary: "Merge what says the same, and link what contradicts; a merge can be taken back",
  ...needs("memory.change"),
  request: { body: takes(shapes.careInput) },
  responses: { 200: answers(shapes.alikeViews, "What was done") },
});

const merge = createRoute({
  method: "post",
  path: "/items/{key}/merge",
  tags: ["memory"],
  summary: "Have an item stand for another one that says the same",
  ...needs("memory.change"),
  request: { params: key, body: takes(shapes.mergeInput) },
  responses: { 200: answers(itemView, "The item that stands for both") },
});

const unmerge = createRoute({
  method: "post",
  path: "/items/{key}/unmerge",
  tags: ["memory"],
  summary: "Take a merge back: both items are again what they were",
  ...needs("memory.change"),
  request: { params: key, body: takes(shapes.careInput) },
  responses: { 200: answers(itemView, "The item that was merged, as it is again") },
});

const sweep = createRoute({
  method: "post",
  path: "/sweep",
  tags: ["memory"],
  summary: "Put what faded into the archive now; the engine does it once a day",
  description: "Without a space, an operator's sweep goes through all of them. Nothing is deleted.",
  ...needs("memory.change"),
  request: { body: takes(shapes.careInput) },
  responses: { 200: answers(shapes.archivedViews, "What went to the archive, each with why") },
});

const sequel = createRoute({
  method: "post",
  path: "/sequel",
  tags: ["memory"],
  summary: "What usually follows a failure, and what fixed it",
  ...needs("memory.read"),
  request: { body: takes(shapes.sequelInput) },
  responses: { 200: answers(shapes.sequelView, "What follows, what fixed it, and the lessons about it") },
});

/** What keeps a memory in order, and what it tells of a failure. */
export function memoryCare({ memory }: HttpDeps) {
  return routes()
    .openapi(review, async (c) => {
      const asker = askerOf(c.get("principal"), c.req.valid("json").space);
      return c.json({ items: await memory.review(asker) }, 200);
    })
    .openapi(tidy, async (c) => {
      const asker = askerOf(c.get("principal"), c.req.valid("json").space);
      return c.json({ items: await memory.tidy(asker) }, 200);
    })
    .openapi(merge, async (c) => {
      const input = c.req.valid("json");
      const asker = askerOf(c.get("principal"), input.space);
      return c.json(await memory.merge(c.req.valid("param").key, input, asker), 200);
    })
    .openapi(unmerge, async (c) => {
      const asker = askerOf(c.get("principal"), c.req.valid("json").space);
      return c.json(await memory.unmerge(c.req.valid("param").key, asker), 200);
    })
    .openapi(sequel, async (c) => {
      const input = c.req.valid("json");
      return c.json(await memory.sequel(input.key, askerOf(c.get("principal"), input.space)), 200);
    })
    .openapi(sweep, async (c) => {
      const asker = askerOf(c.get("principal"), c.req.valid("json").space);
      return c.json({ items: await memory.sweep(asker) }, 200);
    });
}
