import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { hidden, needs } from "../guard.ts";
import { askerOf } from "../memory-asker.ts";
import { pageOf } from "../paging.ts";
import { answers, routes, takes } from "../routing.ts";
import { done, id, page, pageQuery } from "../shapes/common.ts";
import * as shapes from "../shapes/memory.ts";

const key = z.object({ key: z.string().min(1).max(256) });
const inSpace = z.object({ space: id.optional() });

const store = createRoute({
  method: "post",
  path: "/items",
  tags: ["memory"],
  summary: "Store an item; storing the same key again replaces it",
  ...needs("memory.change"),
  request: { body: takes(shapes.itemInput) },
  responses: { 201: answers(shapes.itemView, "The item") },
});

const list = createRoute({
  method: "get",
  path: "/items",
  tags: ["memory"],
  summary: "The items that the asker may see",
  ...needs("memory.read"),
  request: { query: pageQuery.extend(inSpace.shape) },
  responses: { 200: answers(page(shapes.itemView), "A page of items") },
});

const read = createRoute({
  method: "get",
  path: "/items/{key}",
  tags: ["memory"],
  summary: "One item",
  ...needs("memory.read"),
  request: { params: key, query: inSpace },
  responses: { 200: answers(shapes.itemView, "The item") },
});

const patch = createRoute({
  method: "patch",
  path: "/items/{key}",
  tags: ["memory"],
  summary: "Change an item; what is left out stays",
  ...needs("memory.change"),
  request: { params: key, query: inSpace, body: takes(shapes.itemPatch) },
  responses: { 200: answers(shapes.itemView, "The item as it is now") },
});

const forget = createRoute({
  method: "delete",
  path: "/items/{key}",
  tags: ["memory"],
  summary: "Forget an item: its content is gone from every file",
  ...needs("memory.change"),
  request: { params: key, query: inSpace },
  responses: { 200: answers(done, "It is forgotten") },
});

const neighbours = createRoute({
  method: "get",
  path: "/items/{key}/neighbours",
  tags: ["memory"],
  summary: "What an item is linked with, up to four steps away",
  ...needs("memory.read"),
  request: { params: key, query: shapes.neighbourQuery },
  responses: { 200: answers(shapes.graphView, "Nodes and links") },
});

const share = createRoute({
  method: "post",
  path: "/items/{key}/share",
  tags: ["memory"],
  summary: "Share an item with another space, or take that back",
  ...needs("memory.change"),
  request: { params: key, body: takes(shapes.shareInput) },
  responses: { 200: answers(shapes.itemView, "The item as it is now") },
});

const query = createRoute({
  method: "post",
  path: "/query",
  tags: ["memory"],
  summary: "Find what fits a text, best first",
  ...needs("memory.read"),
  request: { body: takes(shapes.memoryQuery) },
  responses: { 200: answers(shapes.memoryHits, "Items with their scores") },
});

const context = createRoute({
  method: "post",
  path: "/context",
  tags: ["memory"],
  summary: "What is worth knowing for a task, within a budget",
  ...needs("memory.read"),
  request: { body: takes(shapes.contextInput) },
  responses: { 200: answers(shapes.contextView, "Text to hand to an agent") },
});

const link = createRoute({
  method: "post",
  path: "/links",
  tags: ["memory"],
  summary: "Link two items",
  ...needs("memory.change"),
  request: { body: takes(shapes.linkInput) },
  responses: { 201: answers(done, "They are linked") },
});

const unlink = createRoute({
  method: "delete",
  path: "/links",
  tags: ["memory"],
  summary: "Take the link between two items away",
  ...needs("memory.change"),
  request: { body: takes(shapes.linkEnds) },
  responses: { 200: answers(done, "They are no longer linked") },
});

const path = createRoute({
  method: "post",
  path: "/path",
  tags: ["memory"],
  summary: "The shortest way from one item to another",
  ...needs("memory.read"),
  request: { body: takes(shapes.pathInput) },
  responses: { 200: answers(shapes.graphView, "Nodes and links in order; empty when there is no way") },
});

const takeOut = createRoute({
  method: "post",
  path: "/export",
  tags: ["memory"],
  summary: "Everything, or one space, to take elsewhere",
  ...needs("memory.move"),
  description:
    "With `Accept: application/x-ndjson` as JSON lines: a head with the checksum, then an item or a link a line.",
  request: { body: takes(shapes.exportInput) },
  responses: { 200: answers(shapes.exportView, "Items and links with a checksum") },
});

const bringIn = createRoute({
  method: "post",
  path: "/import",
  tags: ["memory"],
  summary: "Bring in what was exported; refused when the checksum does not fit",
  description: "Lines are taken with `Content-Type: application/x-ndjson`. Nothing is written unless all of it may be.",
  ...needs("memory.move"),
  request: { body: takes(shapes.exportView) },
  responses: { 200: answers(shapes.importView, "What was brought in") },
});

const migrate = createRoute({
  method: "post",
  path: "/migrate",
  tags: ["memory"],
  summary: "Move everything to another backend and serve from it; checked by counts and checksums",
  ...needs("memory.move"),
  request: { body: takes(shapes.migrateInput) },
  responses: { 200: answers(shapes.migrationView, "What arrived") },
});

const feedback = createRoute({
  method: "post",
  path: "/feedback",
  tags: ["memory"],
  summary: "Say whether an item helped",
  ...needs("memory.change"),
  request: { body: takes(shapes.feedbackInput) },
  responses: { 200: answers(shapes.itemView, "The item as it is now") },
});

export function memory({ memory }: HttpDeps) {
  return routes()
    .openapi(store, async (c) => {
      const input = c.req.valid("json");
      return c.json(await memory.store(input, askerOf(c.get("principal"), input.space)), 201);
    })
    .openapi(list, async (c) => {
      const query = c.req.valid("query");
      const items = await memory.list(askerOf(c.get("principal"), query.space));
      return c.json(
        pageOf(items, query, (item) => `${item.space}/${item.key}`),
        200,
      );
    })
    .openapi(read, async (c) => {
      const { key: wanted } = c.req.valid("param");
      const item = await memory.get(wanted, askerOf(c.get("principal"), c.req.valid("query").space));
      if (item === undefined) throw hidden("not_found", wanted);
      return c.json(item, 200);
    })
    .openapi(patch, async (c) => {
      const asker = askerOf(c.get("principal"), c.req.valid("query").space);
      return c.json(await memory.patch(c.req.valid("param").key, c.req.valid("json"), asker), 200);
    })
    .openapi(forget, async (c) => {
      const { key: wanted } = c.req.valid("param");
      const asker = askerOf(c.get("principal"), c.req.valid("query").space);
      if (!(await memory.remove(wanted, asker))) throw hidden("not_found", wanted);
      return c.json({ done: true as const }, 200);
    })
    .openapi(neighbours, async (c) => {
      const { depth, relation, space } = c.req.valid("query");
      const asker = askerOf(c.get("principal"), space);
      return c.json(await memory.neighbours(c.req.valid("param").key, { depth, relation }, asker), 200);
    })
    .openapi(share, async (c) => {
      const input = c.req.valid("json");
      const asker = askerOf(c.get("principal"), input.space);
      return c.json(await memory.share(c.req.valid("param").key, input, asker), 200);
    })
    .openapi(query, async (c) => {
      const input = c.req.valid("json");
      return c.json(await memory.query(input, askerOf(c.get("principal"), input.space)), 200);
    })
    .openapi(context, async (c) => {
      const input = c.req.valid("json");
      return c.json(await memory.context(input, askerOf(c.get("principal"), input.space)), 200);
    })
    .openapi(link, async (c) => {
      const input = c.req.valid("json");
      await memory.link(input, askerOf(c.get("principal"), input.space));
      return c.json({ done: true as const }, 201);
    })
    .openapi(unlink, async (c) => {
      const input = c.req.valid("json");
      if (!(await memory.unlink(input, askerOf(c.get("principal"), input.space))))
        throw hidden("not_found", `${input.from} → ${input.to}`);
      return c.json({ done: true as const }, 200);
    })
    .openapi(path, async (c) => {
      const input = c.req.valid("json");
      return c.json(await memory.path(input, askerOf(c.get("principal"), input.space)), 200);
    })
    .openapi(takeOut, async (c) =>
      c.json(await memory.export(askerOf(c.get("principal"), c.req.valid("json").space)), 200),
    )
    .openapi(bringIn, async (c) =>
      c.json(await memory.import(c.req.valid("json"), askerOf(c.get("principal"), undefined)), 200),
    )
    .openapi(migrate, async (c) =>
      c.json(await memory.migrate(c.req.valid("json").to, askerOf(c.get("principal"), undefined)), 200),
    )
    .openapi(feedback, async (c) => {
      const input = c.req.valid("json");
      return c.json(await memory.feedback(input, askerOf(c.get("principal"), input.space)), 200);
    });
}
