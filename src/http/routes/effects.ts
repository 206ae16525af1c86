import { createRoute } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes } from "../routing.ts";
import { page, pageQuery } from "../shapes/common.ts";
import { ledgerEntry } from "../shapes/engine.ts";

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["engine"],
  summary: "The ledger of effects: what was done outside, under which key, for the how manieth time, and how it ended",
  description:
    "Attempts of tasks, steps of runs and their undoing, messages to people, and what supervisors did to resident " +
    "processes, newest first, as far back as the engine remembers. The journal has all of them.",
  ...needs("engine.read"),
  request: { query: pageQuery },
  responses: { 200: answers(page(ledgerEntry), "A page of effects") },
});

export function effects(deps: HttpDeps) {
  return routes().openapi(list, async (c) =>
    c.json(
      pageOf(await deps.effects(), c.req.valid("query"), ({ effect, key, attempt }) => `${effect} ${key} ${attempt}`),
      200,
    ),
  );
}
