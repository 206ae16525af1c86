import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { existing, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes } from "../routing.ts";
import { id, page, pageQuery } from "../shapes/common.ts";
import { deadLetterView } from "../shapes/remedy.ts";
import { taskView } from "../shapes/task.ts";

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["deadletters"],
  summary: "Tasks that spent their retries, newest first",
  ...needs("deadletters.read"),
  request: { query: pageQuery },
  responses: { 200: answers(page(deadLetterView), "A page of dead letters") },
});

const read = createRoute({
  method: "get",
  path: "/{id}",
  tags: ["deadletters"],
  summary: "One dead letter",
  ...needs("deadletters.read"),
  request: { params: z.object({ id }) },
  responses: { 200: answers(deadLetterView, "The dead letter") },
});

const replay = createRoute({
  method: "post",
  path: "/{id}/replay",
  tags: ["deadletters"],
  summary: "Queue the task of a dead letter again",
  ...needs("deadletters.replay"),
  request: { params: z.object({ id }) },
  responses: { 202: answers(taskView, "The task, queued again") },
});

export function deadletters({ deadletters }: HttpDeps) {
  return routes()
    .openapi(list, async (c) =>
      c.json(
        pageOf(await deadletters.list(), c.req.valid("query"), (letter) => letter.id),
        200,
      ),
    )
    .openapi(read, async (c) => c.json(await existing("dead letter", deadletters, c.req.valid("param").id), 200))
    .openapi(replay, async (c) => {
      const { id: letterId } = await existing("dead letter", deadletters, c.req.valid("param").id);
      return c.json(await deadletters.replay(letterId, c.get("principal")), 202);
    });
}
