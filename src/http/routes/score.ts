import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes } from "../routing.ts";
import { page, pageQuery } from "../shapes/common.ts";
import { scorePoint, scoreView, standingView } from "../shapes/score.ts";

const current = createRoute({
  method: "get",
  path: "/",
  tags: ["score"],
  summary: "The evolution score with its terms, or why there is none yet",
  ...needs("score.read"),
  responses: { 200: answers(scoreView, "The score") },
});

const history = createRoute({
  method: "get",
  path: "/history",
  tags: ["score"],
  summary: "How the score moved, newest first",
  ...needs("score.read"),
  request: { query: pageQuery },
  responses: { 200: answers(page(scorePoint), "A page of points") },
});

const subjects = createRoute({
  method: "get",
  path: "/standings",
  tags: ["score"],
  summary: "How each agent's tasks and each playbook's runs go: better, worse or as ever, since when and how sure",
  ...needs("score.read"),
  request: { query: pageQuery.extend({ kind: z.enum(["agent", "playbook"]).optional() }) },
  responses: { 200: answers(page(standingView), "A page of standings") },
});

export function score({ score }: HttpDeps) {
  return routes()
    .openapi(current, async (c) => c.json(await score.current(), 200))
    .openapi(history, async (c) =>
      c.json(
        pageOf(await score.history(), c.req.valid("query"), ({ sequence }) => String(sequence)),
        200,
      ),
    )
    .openapi(subjects, async (c) => {
      const query = c.req.valid("query");
      const shown = (await score.standings()).filter(({ kind }) => query.kind === undefined || kind === query.kind);
      return c.json(
        pageOf(shown, query, ({ kind, id }) => `${kind}/${id}`),
        200,
      );
    });
}
