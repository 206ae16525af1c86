import type { Context } from "hono";
import type { HttpDeps } from "../deps.ts";
import type { HttpEnv } from "../env.ts";
import { needs } from "../guard.ts";
import { knowledgeFor } from "../mcp/knowledge.ts";
import { mcpServer } from "../mcp/server.ts";
import type { Tool } from "../mcp/tools.ts";
import { askerOf } from "../memory-asker.ts";
import { mayUse, type Principal } from "../principals.ts";
import { routes } from "../routing.ts";

const right = needs("memory.read");

/**
 * `/mcp`: the memory's tools over Streamable HTTP, as whoever the token says. Every request stands for itself: there is
 * no session to keep, and no stream that outlives its answer.
 */
export function mcp(deps: HttpDeps) {
  const app = routes();
  const { middleware, ...documented } = right;
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/mcp",
    tags: ["memory"],
    summary: "The memory's tools, over the Model Context Protocol",
    description:
      "Streamable HTTP: JSON-RPC messages of the Model Context Protocol. `aios mcp` offers the same over stdio.",
    ...documented,
    responses: { 200: { description: "A message of the Model Context Protocol" } },
  });
  const serve = async (c: Context<HttpEnv>) => {
    // Read when it is first asked for: most engines serve no agent that speaks it.
    const sdk = await import("@modelcontextprotocol/server");
    const principal = c.get("principal");
    const served = servedTo(deps, principal);
    const handler = sdk.createMcpHandler(() => mcpServer(sdk, served), {
      maxSubscriptions: 0,
      onerror: (failure) => deps.log.debug("an MCP request was refused", { request: c.get("requestId"), failure }),
    });
    const answer = await handler.fetch(c.req.raw);
    answer.headers.set("cache-control", "no-store");
    return answer;
  };
  app.post("/mcp", middleware, serve);
  // Other methods are answered in the protocol's own words: there is no session to listen to or to end.
  app.all("/mcp", middleware, serve);
  return app;
}

function servedTo({ memory, log, version }: HttpDeps, principal: Principal) {
  const asker = askerOf(principal, undefined);
  return {
    version,
    knowledge: knowledgeFor(memory, asker),
    offers: ({ right }: Pick<Tool, "right">) => mayUse(principal.role, right),
    report: (failure: Error) => log.error("a tool failed inside", { failure }),
  };
}
