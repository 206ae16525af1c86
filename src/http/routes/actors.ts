import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { existing, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes } from "../routing.ts";
import { id, page, pageQuery } from "../shapes/common.ts";
import { actorMove, machineView } from "../shapes/engine.ts";

const byId = z.object({ id });

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["actors"],
  summary: "The actors that run: their statechart's state and deadlines",
  ...needs("engine.read"),
  request: { query: pageQuery.extend({ machine: id.optional(), parent: z.string().optional() }) },
  responses: { 200: answers(page(machineView), "A page of actors") },
});

const read = createRoute({
  method: "get",
  path: "/{id}",
  tags: ["actors"],
  summary: "One actor that runs; the slash of its id is written as %2F",
  ...needs("engine.read"),
  request: { params: byId },
  responses: { 200: answers(machineView, "The actor") },
});

const history = createRoute({
  method: "get",
  path: "/{id}/history",
  tags: ["actors"],
  summary: "What each event of the journal did to one actor, oldest first",
  description:
    "Found by replaying the actor alone from the journal, also one that has ended. `after` is a sequence. An actor " +
    "whose birth retention has given up has no history.",
  ...needs("engine.read"),
  request: {
    params: byId,
    query: pageQuery.extend({ after: z.coerce.number().int().nonnegative().optional() }),
  },
  responses: { 200: answers(page(actorMove), "A page of its moves") },
});

const restart = createRoute({
  method: "post",
  path: "/{id}/restart",
  tags: ["actors"],
  summary: "Try an actor again that was given up",
  ...needs("engine.restart"),
  request: { params: byId },
  responses: { 202: answers(machineView, "The actor as it stands after the wish was journaled") },
});

export function actors({ actors }: HttpDeps) {
  return routes()
    .openapi(list, async (c) => {
      const query = c.req.valid("query");
      const shown = (await actors.list()).filter(
        ({ machine, parent }) =>
          (query.machine === undefined || machine === query.machine) &&
          (query.parent === undefined || parent === query.parent),
      );
      return c.json(
        pageOf(shown, query, (actor) => actor.id),
        200,
      );
    })
    .openapi(read, async (c) => c.json(await existing("actor", actors, c.req.valid("param").id), 200))
    .openapi(restart, async (c) => c.json(await actors.restart(c.req.valid("param").id, c.get("principal")), 202))
    .openapi(history, async (c) => {
      const { after = 0, limit } = c.req.valid("query");
      return c.json(await actors.history(c.req.valid("param").id, { after, limit }), 200);
    });
}
