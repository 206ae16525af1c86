import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { hidden, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { isOwn, type Principal } from "../principals.ts";
import { answers, routes, takes } from "../routing.ts";
import {
  type AgentView,
  agentCommand,
  agentInput,
  agentState,
  agentView,
  configurationInput,
  configurationVersion,
} from "../shapes/agent.ts";
import { because, id, page, pageQuery } from "../shapes/common.ts";

const byId = z.object({ id });

const list = createRoute({
  method: "get",
  path: "/",
  tags: ["agents"],
  summary: "The agents",
  ...needs("agents.read"),
  request: { query: pageQuery.extend({ state: agentState.optional(), group: id.optional() }) },
  responses: { 200: answers(page(agentView), "A page of agents") },
});

const register = createRoute({
  method: "post",
  path: "/",
  tags: ["agents"],
  summary: "Register an agent",
  description: "Registering a known id anew gives it the new configuration as its next version.",
  ...needs("agents.change"),
  request: { body: takes(agentInput) },
  responses: { 201: answers(agentView, "The agent") },
});

const read = createRoute({
  method: "get",
  path: "/{id}",
  tags: ["agents"],
  summary: "One agent",
  ...needs("agents.read"),
  request: { params: byId },
  responses: { 200: answers(agentView, "The agent") },
});

const configurations = createRoute({
  method: "get",
  path: "/{id}/configuration",
  tags: ["agents"],
  summary: "The versions of an agent's configuration, newest first",
  ...needs("agents.read"),
  request: { params: byId, query: pageQuery },
  responses: { 200: answers(page(configurationVersion), "A page of versions") },
});

const configure = createRoute({
  method: "put",
  path: "/{id}/configuration",
  tags: ["agents"],
  summary: "Give an agent a new version of its configuration",
  ...needs("agents.change"),
  request: { params: byId, body: takes(configurationInput) },
  responses: { 200: answers(configurationVersion, "The new version") },
});

const command = createRoute({
  method: "post",
  path: "/{id}/{command}",
  tags: ["agents"],
  summary: "Start, stop, drain, reset or archive an agent",
  ...needs("agents.change"),
  request: {
    params: z.object({ id, command: agentCommand }),
    body: { content: { "application/json": { schema: because } } },
  },
  responses: { 202: answers(agentView, "The agent, with the wish recorded") },
});

export function agents({ agents }: HttpDeps) {
  const visible = async (agentId: string, principal: Principal): Promise<AgentView> => {
    const agent = await agents.get(agentId);
    if (agent === undefined || !isOwn(principal, { agentId: agent.id })) throw hidden("agent.unknown", agentId);
    return agent;
  };
  return routes()
    .openapi(list, async (c) => {
      const query = c.req.valid("query");
      const shown = (await agents.list()).filter(
        (agent) =>
          isOwn(c.get("principal"), { agentId: agent.id }) &&
          (query.state === undefined || agent.state === query.state) &&
          (query.group === undefined || agent.group === query.group),
      );
      return c.json(
        pageOf(shown, query, (agent) => agent.id),
        200,
      );
    })
    .openapi(register, async (c) => c.json(await agents.register(c.req.valid("json"), c.get("principal")), 201))
    .openapi(read, async (c) => c.json(await visible(c.req.valid("param").id, c.get("principal")), 200))
    .openapi(configurations, async (c) => {
      const agent = await visible(c.req.valid("param").id, c.get("principal"));
      const versions = await agents.configurations(agent.id);
      return c.json(
        pageOf(versions, c.req.valid("query"), ({ version }) => String(version)),
        200,
      );
    })
    .openapi(configure, async (c) => {
      const agent = await visible(c.req.valid("param").id, c.get("principal"));
      return c.json(await agents.configure(agent.id, c.req.valid("json").config, c.get("principal")), 200);
    })
    .openapi(command, async (c) => {
      const { id: agentId, command } = c.req.valid("param");
      await visible(agentId, c.get("principal"));
      const reason = c.req.valid("json").reason ?? "asked for";
      return c.json(await agents.command(agentId, command, reason, c.get("principal")), 202);
    });
}
