import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes } from "../routing.ts";
import { because, id, page, pageQuery } from "../shapes/common.ts";
import { machineView, overview, pauseView, performanceView } from "../shapes/engine.ts";

const readPause = createRoute({
  method: "get",
  path: "/pause",
  tags: ["engine"],
  summary: "Whether the reactor is paused",
  ...needs("engine.read"),
  responses: { 200: answers(pauseView, "Paused or not, by whom and why") },
});

const pause = createRoute({
  method: "post",
  path: "/pause",
  tags: ["engine"],
  summary: "Pause the reactor: it starts no effect until resumed",
  ...needs("engine.pause"),
  request: { body: { content: { "application/json": { schema: because } } } },
  responses: { 200: answers(pauseView, "Paused") },
});

const resume = createRoute({
  method: "delete",
  path: "/pause",
  tags: ["engine"],
  summary: "Let the reactor act again",
  ...needs("engine.pause"),
  responses: { 200: answers(pauseView, "No longer paused") },
});

const readOverview = createRoute({
  method: "get",
  path: "/overview",
  tags: ["engine"],
  summary: "What the first page shows: score, timeline, top issues, what waits for a person",
  ...needs("engine.read"),
  responses: { 200: answers(overview, "The overview") },
});

const readPerformance = createRoute({
  method: "get",
  path: "/performance",
  tags: ["engine"],
  summary: "Response times, throughput and bottlenecks",
  ...needs("engine.read"),
  responses: { 200: answers(performanceView, "What was measured; null where nothing was") },
});

const machines = createRoute({
  method: "get",
  path: "/machines",
  tags: ["engine"],
  summary: "The statecharts that are running",
  ...needs("engine.read"),
  request: { query: pageQuery.extend({ machine: id.optional(), parent: z.string().optional() }) },
  responses: { 200: answers(page(machineView), "A page of machines") },
});

export function engine(deps: HttpDeps) {
  return routes()
    .openapi(readPause, async (c) => c.json(await deps.pause.get(), 200))
    .openapi(pause, async (c) =>
      c.json(await deps.pause.set(c.req.valid("json").reason ?? "asked for", c.get("principal")), 200),
    )
    .openapi(resume, async (c) => c.json(await deps.pause.clear(c.get("principal")), 200))
    .openapi(readOverview, async (c) => c.json(await deps.overview(), 200))
    .openapi(readPerformance, async (c) => c.json(await deps.performance(), 200))
    .openapi(machines, async (c) => {
      const query = c.req.valid("query");
      const shown = (await deps.machines.list()).filter(
        ({ machine, parent }) =>
          (query.machine === undefined || machine === query.machine) &&
          (query.parent === undefined || parent === query.parent),
      );
      return c.json(
        pageOf(shown, query, (running) => running.id),
        200,
      );
    });
}
