import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { hidden, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes } from "../routing.ts";
import { id, page, pageQuery } from "../shapes/common.ts";
import { outcome, runView } from "../shapes/remedy.ts";

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["runs"],
  summary: "The runs of playbooks, newest first",
  ...needs("runs.read"),
  request: {
    query: pageQuery.extend({
      outcome: outcome.optional(),
      playbook: id.optional(),
      target: z.string().optional().openapi({ description: "`KIND:ID`, for example `agent:coder`." }),
      review: z
        .enum(["true", "false"])
        .optional()
        .openapi({ description: "`true`: only what was taken back or left a residue; `left` says what is left." }),
    }),
  },
  responses: { 200: answers(page(runView), "A page of runs") },
});

const read = createRoute({
  method: "get",
  path: "/{id}",
  tags: ["runs"],
  summary: "One run: steps, evidence, plan and its hash, explanation",
  ...needs("runs.read"),
  request: { params: z.object({ id }) },
  responses: { 200: answers(runView, "The run") },
});

export function runs({ runs }: HttpDeps) {
  return routes()
    .openapi(list, async (c) => {
      const query = c.req.valid("query");
      const shown = (await runs.list()).filter(
        (run) =>
          (query.review !== "true" || run.rollback === "rolled_back" || run.rollback === "residue") &&
          (query.outcome === undefined || run.outcome === query.outcome) &&
          (query.playbook === undefined || run.playbook === query.playbook) &&
          (query.target === undefined || `${run.target.kind}:${run.target.id}` === query.target),
      );
      return c.json(
        pageOf(shown, query, (run) => run.id),
        200,
      );
    })
    .openapi(read, async (c) => {
      const { id: runId } = c.req.valid("param");
      const run = await runs.get(runId);
      if (run === undefined) throw hidden("not_found", runId);
      return c.json(run, 200);
    });
}
