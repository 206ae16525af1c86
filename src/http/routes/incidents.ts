import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { existing, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes } from "../routing.ts";
import { because, id, page, pageQuery } from "../shapes/common.ts";
import { incidentView, silenceInput } from "../shapes/remedy.ts";

const byId = z.object({ id });

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["incidents"],
  summary: "What people are told about, newest first",
  ...needs("incidents.read"),
  request: { query: pageQuery.extend({ state: incidentView.shape.state.optional() }) },
  responses: { 200: answers(page(incidentView), "A page of incidents") },
});

const read = createRoute({
  method: "get",
  path: "/{id}",
  tags: ["incidents"],
  summary: "One incident with its runs, evidence and notes",
  ...needs("incidents.read"),
  request: { params: byId },
  responses: { 200: answers(incidentView, "The incident") },
});

const acknowledge = createRoute({
  method: "post",
  path: "/{id}/acknowledge",
  tags: ["incidents"],
  summary: "Say that somebody has seen it",
  ...needs("incidents.change"),
  request: { params: byId },
  responses: { 200: answers(incidentView, "The incident as it is now") },
});

const resolve = createRoute({
  method: "post",
  path: "/{id}/resolve",
  tags: ["incidents"],
  summary: "Say that it is over",
  ...needs("incidents.change"),
  request: { params: byId, body: { content: { "application/json": { schema: because } } } },
  responses: { 200: answers(incidentView, "The incident as it is now") },
});

const silence = createRoute({
  method: "post",
  path: "/{id}/silence",
  tags: ["incidents"],
  summary: "Send no notifications about it for a while",
  ...needs("incidents.change"),
  request: { params: byId, body: takesOptional() },
  responses: { 200: answers(incidentView, "The incident as it is now") },
});

function takesOptional() {
  return { content: { "application/json": { schema: silenceInput } } };
}

const HOUR_MS = 3_600_000;

export function incidents({ incidents, clock }: HttpDeps) {
  return routes()
    .openapi(list, async (c) => {
      const query = c.req.valid("query");
      const shown = (await incidents.list()).filter(({ state }) => query.state === undefined || state === query.state);
      return c.json(
        pageOf(shown, query, (incident) => incident.id),
        200,
      );
    })
    .openapi(read, async (c) => c.json(await existing("incident", incidents, c.req.valid("param").id), 200))
    .openapi(acknowledge, async (c) => {
      const { id: incidentId } = await existing("incident", incidents, c.req.valid("param").id);
      return c.json(await incidents.acknowledge(incidentId, c.get("principal")), 200);
    })
    .openapi(resolve, async (c) => {
      const { id: incidentId } = await existing("incident", incidents, c.req.valid("param").id);
      return c.json(
        await incidents.resolve(incidentId, c.req.valid("json").reason ?? "said to be over", c.get("principal")),
        200,
      );
    })
    .openapi(silence, async (c) => {
      const { id: incidentId } = await existing("incident", incidents, c.req.valid("param").id);
      const untilMs = clock.now() + (c.req.valid("json").forMs ?? HOUR_MS);
      return c.json(await incidents.silence(incidentId, untilMs, c.get("principal")), 200);
    });
}
