import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { existing, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes } from "../routing.ts";
import { id, page, pageQuery } from "../shapes/common.ts";
import { failureExplanation, failureText } from "../shapes/failure-explanation.ts";
import { evolutionReason, failureView, lessonView, suggestionView } from "../shapes/knowledge.ts";
import { lessonLevel } from "../shapes/memory.ts";

const lessons = createRoute({
  method: "get",
  path: "/lessons",
  tags: ["knowledge"],
  summary: "What was learned: a failure, its remedy and how far it is proven",
  ...needs("knowledge.read"),
  request: { query: pageQuery.extend({ level: lessonLevel.optional() }) },
  responses: { 200: answers(page(lessonView), "A page of lessons") },
});

const lesson = createRoute({
  method: "get",
  path: "/lessons/{id}",
  tags: ["knowledge"],
  summary: "One lesson",
  ...needs("knowledge.read"),
  request: { params: z.object({ id }) },
  responses: { 200: answers(lessonView, "The lesson") },
});

const failures = createRoute({
  method: "get",
  path: "/failures",
  tags: ["knowledge"],
  summary: "The failures that were recognised, by fingerprint",
  ...needs("knowledge.read"),
  request: { query: pageQuery.extend({ agent: id.optional() }) },
  responses: { 200: answers(page(failureView), "A page of failures") },
});

const failure = createRoute({
  method: "get",
  path: "/failures/{id}",
  tags: ["knowledge"],
  summary: "One kind of failure, by its fingerprint",
  ...needs("knowledge.read"),
  request: { params: z.object({ id }) },
  responses: { 200: answers(failureView, "The failure") },
});

const failureExplained = createRoute({
  method: "get",
  path: "/failures/{id}/explain",
  tags: ["knowledge"],
  summary: "Why different messages are this one failure, and why others are not",
  ...needs("knowledge.read"),
  request: { params: z.object({ id }) },
  responses: { 200: answers(failureExplanation, "The explanation") },
});

const messageExplained = createRoute({
  method: "post",
  path: "/failures/explain",
  tags: ["knowledge"],
  summary: "Which failure a message is or would be, and why; nothing is learned from it",
  ...needs("knowledge.read"),
  request: { body: { content: { "application/json": { schema: failureText } } } },
  responses: { 200: answers(failureExplanation, "The explanation") },
});

const evolution = createRoute({
  method: "get",
  path: "/evolution",
  tags: ["knowledge"],
  summary: "What is, was or could be improved",
  ...needs("knowledge.read"),
  request: { query: pageQuery.extend({ agent: id.optional() }) },
  responses: { 200: answers(page(suggestionView), "A page of improvements and suggestions") },
});

const improvement = createRoute({
  method: "get",
  path: "/evolution/{id}",
  tags: ["knowledge"],
  summary: "One improvement, with its trial",
  ...needs("knowledge.read"),
  request: { params: z.object({ id }) },
  responses: { 200: answers(suggestionView, "The improvement") },
});

const change = createRoute({
  method: "post",
  path: "/evolution/{id}/{order}",
  tags: ["knowledge"],
  summary: "Approve or reject an improvement that asks, or take one back",
  description:
    "An approval is bound to the change and to the configuration that was looked at. `rollback` ends a trial, or takes back what was kept.",
  ...needs("evolution.change"),
  request: {
    params: z.object({ id, order: z.enum(["approve", "reject", "rollback"]) }),
    body: { content: { "application/json": { schema: evolutionReason } } },
  },
  responses: { 200: answers(suggestionView, "The improvement as it is now") },
});

export function knowledge(deps: HttpDeps) {
  return routes()
    .openapi(lessons, async (c) => {
      const query = c.req.valid("query");
      const shown = (await deps.lessons.list()).filter(
        ({ level }) => query.level === undefined || level === query.level,
      );
      return c.json(
        pageOf(shown, query, (lesson) => lesson.id),
        200,
      );
    })
    .openapi(lesson, async (c) => c.json(await existing("lesson", deps.lessons, c.req.valid("param").id), 200))
    .openapi(failures, async (c) => {
      const query = c.req.valid("query");
      const shown = (await deps.failures.list()).filter(
        ({ agents }) => query.agent === undefined || agents.includes(query.agent),
      );
      return c.json(
        pageOf(shown, query, (failure) => failure.fingerprint),
        200,
      );
    })
    .openapi(failure, async (c) => c.json(await existing("failure", deps.failures, c.req.valid("param").id), 200))
    .openapi(failureExplained, async (c) =>
      c.json(await existing("failure", { get: (id) => deps.failures.explain(id) }, c.req.valid("param").id), 200),
    )
    .openapi(messageExplained, async (c) => c.json(await deps.failures.explainMessage(c.req.valid("json").text), 200))
    .openapi(evolution, async (c) =>
      c.json(
        pageOf(await shownOf(deps, c.req.valid("query").agent), c.req.valid("query"), (suggestion) => suggestion.id),
        200,
      ),
    )
    .openapi(improvement, async (c) =>
      c.json(await existing("improvement", deps.evolution, c.req.valid("param").id), 200),
    )
    .openapi(change, async (c) => {
      const { id: wanted, order } = c.req.valid("param");
      await existing("improvement", deps.evolution, wanted);
      return c.json(await deps.evolution.order(wanted, order, c.req.valid("json").reason, c.get("principal")), 200);
    });
}

async function shownOf({ evolution: room }: HttpDeps, agent: string | undefined) {
  return (await room.list()).filter((one) => agent === undefined || one.agent === agent);
}
