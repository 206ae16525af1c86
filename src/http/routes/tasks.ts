import { createRoute, z } from "@hono/zod-openapi";
import { AiosError } from "../../kernel/errors.ts";
import type { HttpDeps } from "../deps.ts";
import { hidden, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { isOwn, type Principal, principalName } from "../principals.ts";
import { answers, routes, takes } from "../routing.ts";
import { because, id, page, pageQuery } from "../shapes/common.ts";
import { type TaskInput, type TaskView, taskInput, taskOutput, taskState, taskView } from "../shapes/task.ts";

const byId = z.object({ id });

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["tasks"],
  summary: "The tasks, newest first",
  ...needs("tasks.read"),
  request: { query: pageQuery.extend({ state: taskState.optional(), agent: id.optional() }) },
  responses: { 200: answers(page(taskView), "A page of tasks") },
});

const submit = createRoute({
  method: "post",
  path: "/",
  tags: ["tasks"],
  summary: "Submit a task",
  description: "Accepted once it is durable. An agent submits tasks for itself only.",
  ...needs("tasks.change"),
  request: { body: takes(taskInput) },
  responses: { 202: answers(taskView, "The task as it was accepted") },
});

const read = createRoute({
  method: "get",
  path: "/{id}",
  tags: ["tasks"],
  summary: "One task",
  ...needs("tasks.read"),
  request: { params: byId },
  responses: { 200: answers(taskView, "The task") },
});

const cancel = createRoute({
  method: "post",
  path: "/{id}/cancel",
  tags: ["tasks"],
  summary: "Cancel a task",
  description: "The task is `cancelled` once nothing of it runs any more.",
  ...needs("tasks.change"),
  request: { params: byId, body: { content: { "application/json": { schema: because } } } },
  responses: { 202: answers(taskView, "The task, with the wish recorded") },
});

const output = createRoute({
  method: "get",
  path: "/{id}/output",
  tags: ["tasks"],
  summary: "All of a task's output",
  ...needs("tasks.read"),
  request: { params: byId },
  responses: { 200: answers(taskOutput, "The output, once there is one") },
});

export function tasks({ tasks }: HttpDeps) {
  const visible = async (taskId: string, principal: Principal): Promise<TaskView> => {
    const task = await tasks.get(taskId);
    if (task === undefined || !isMine(task, principal)) throw hidden("task.unknown", taskId);
    return task;
  };
  return routes()
    .openapi(list, async (c) => {
      const query = c.req.valid("query");
      const principal = c.get("principal");
      const shown = (await tasks.list()).filter(
        (task) =>
          isMine(task, principal) &&
          (query.state === undefined || task.state === query.state) &&
          (query.agent === undefined || task.agent === query.agent),
      );
      return c.json(
        pageOf(shown, query, (task) => task.id),
        200,
      );
    })
    .openapi(submit, async (c) => {
      const principal = c.get("principal");
      const input = forPrincipal(c.req.valid("json"), principal, c.req.header("idempotency-key"));
      return c.json(await tasks.submit(input, principal), 202);
    })
    .openapi(read, async (c) => c.json(await visible(c.req.valid("param").id, c.get("principal")), 200))
    .openapi(cancel, async (c) => {
      const principal = c.get("principal");
      const task = await visible(c.req.valid("param").id, principal);
      return c.json(await tasks.cancel(task.id, c.req.valid("json").reason ?? "asked for", principal), 202);
    })
    .openapi(output, async (c) => {
      const task = await visible(c.req.valid("param").id, c.get("principal"));
      return c.json((await tasks.output(task.id)) ?? { id: task.id, state: task.state }, 200);
    });
}

const isMine = (task: TaskView, principal: Principal) =>
  isOwn(principal, { agentId: task.agent, by: task.submittedBy });

/** An agent's tasks are its own, and nobody's idempotency keys meet another's. */
function forPrincipal(input: TaskInput, principal: Principal, header: string | undefined): TaskInput {
  const { idempotencyKey = header, ...rest } = input;
  const keyed =
    idempotencyKey === undefined ? rest : { ...rest, idempotencyKey: `${principalName(principal)}/${idempotencyKey}` };
  if (principal.role !== "agent") return keyed;
  if (input.agent !== undefined && input.agent !== principal.agentId)
    throw new AiosError("auth.refused", `Agent ${principal.agentId} submits tasks for itself only`, {
      faults: [{ path: "agent", message: `is not ${principal.agentId}` }],
    });
  return { ...keyed, agent: principal.agentId };
}
