import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { existing, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes } from "../routing.ts";
import { id, page, pageQuery } from "../shapes/common.ts";
import { approvalView, decisionInput } from "../shapes/remedy.ts";

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["approvals"],
  summary: "The plans that wait, or waited, for a person",
  ...needs("approvals.read"),
  request: { query: pageQuery.extend({ state: approvalView.shape.state.optional() }) },
  responses: { 200: answers(page(approvalView), "A page of approvals") },
});

const read = createRoute({
  method: "get",
  path: "/{id}",
  tags: ["approvals"],
  summary: "One plan that waits, or waited, for a person",
  ...needs("approvals.read"),
  request: { params: z.object({ id }) },
  responses: { 200: answers(approvalView, "The approval") },
});

const decide = createRoute({
  method: "post",
  path: "/{id}/{decision}",
  tags: ["approvals"],
  summary: "Approve or reject a plan",
  description: "`planHash` says which plan was looked at; when it is no longer the plan, nothing is approved.",
  ...needs("approvals.decide"),
  request: {
    params: z.object({ id, decision: z.enum(["approve", "reject"]) }),
    body: { content: { "application/json": { schema: decisionInput } } },
  },
  responses: { 200: answers(approvalView, "The approval as it is now") },
});

const verdicts = { approve: "approved", reject: "rejected" } as const;

export function approvals({ approvals }: HttpDeps) {
  return routes()
    .openapi(list, async (c) => {
      const query = c.req.valid("query");
      const shown = (await approvals.list()).filter(({ state }) => query.state === undefined || state === query.state);
      return c.json(
        pageOf(shown, query, (approval) => approval.id),
        200,
      );
    })
    .openapi(read, async (c) => c.json(await existing("approval", approvals, c.req.valid("param").id), 200))
    .openapi(decide, async (c) => {
      const { id: wanted, decision } = c.req.valid("param");
      const { id: approvalId } = await existing("approval", approvals, wanted);
      const decided = await approvals.decide(approvalId, verdicts[decision], c.req.valid("json"), c.get("principal"));
      return c.json(decided, 200);
    });
}
