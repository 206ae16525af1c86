import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { hidden, needs } from "../guard.ts";
import { pageOf } from "../paging.ts";
import { answers, routes, takes } from "../routing.ts";
import type { Sessions } from "../sessions.ts";
import { done, id, page, pageQuery } from "../shapes/common.ts";
import { newToken, self, ticketView, tokenInput, tokenView } from "../shapes/engine.ts";
import type { TokenRecord } from "../tokens.ts";

const whoAmI = createRoute({
  method: "get",
  path: "/self",
  tags: ["access"],
  summary: "Who the token or session belongs to",
  ...needs("self.read"),
  responses: { 200: answers(self, "The principal") },
});

const ticket = createRoute({
  method: "post",
  path: "/tickets",
  tags: ["access"],
  summary: "A link that opens the dashboard once",
  description: "The page gets a session with the rights of the token that asked.",
  ...needs("tokens.change"),
  responses: { 201: answers(ticketView, "The ticket and the path to open with it") },
});

const list = createRoute({
  method: "get",
  path: "/tokens",
  tags: ["access"],
  summary: "The tokens, without themselves",
  ...needs("tokens.change"),
  request: { query: pageQuery },
  responses: { 200: answers(page(tokenView), "A page of tokens") },
});

const create = createRoute({
  method: "post",
  path: "/tokens",
  tags: ["access"],
  summary: "Make a token; it is shown this once",
  ...needs("tokens.change"),
  request: { body: takes(tokenInput) },
  responses: { 201: answers(newToken, "The token") },
});

const revoke = createRoute({
  method: "delete",
  path: "/tokens/{id}",
  tags: ["access"],
  summary: "Revoke a token, and every session that came from it",
  ...needs("tokens.change"),
  request: { params: z.object({ id }) },
  responses: { 200: answers(done, "It works no longer") },
});

export function access({ tokens }: HttpDeps, sessions: Sessions) {
  return routes()
    .openapi(whoAmI, (c) => {
      const principal = c.get("principal");
      const { role, id: tokenId } = principal;
      return c.json(role === "agent" ? { role, id: tokenId, agent: principal.agentId } : { role, id: tokenId }, 200);
    })
    .openapi(ticket, (c) => {
      const { ticket, expiresAtMs } = sessions.ticketFor(c.get("principal"));
      return c.json({ ticket, path: `/?ticket=${ticket}`, expiresAtMs }, 201);
    })
    .openapi(list, (c) =>
      c.json(
        pageOf(tokens.list().map(shown), c.req.valid("query"), (token) => token.id),
        200,
      ),
    )
    .openapi(create, async (c) => {
      const { role, agent, label } = c.req.valid("json");
      const made = await tokens.create({
        role,
        ...(agent === undefined ? {} : { agentId: agent }),
        ...(label === undefined ? {} : { label }),
      });
      return c.json({ ...shown(made), token: made.token }, 201);
    })
    .openapi(revoke, async (c) => {
      const { id: tokenId } = c.req.valid("param");
      if (!(await tokens.revoke(tokenId))) throw hidden("not_found", tokenId);
      return c.json({ done: true as const }, 200);
    });
}

function shown({ id: tokenId, role, agentId, label, createdAtMs }: TokenRecord) {
  return {
    id: tokenId,
    role,
    createdAtMs,
    ...(agentId === undefined ? {} : { agent: agentId }),
    ...(label === undefined ? {} : { label }),
  };
}
