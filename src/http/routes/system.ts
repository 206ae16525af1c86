import { createRoute, z } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { exposition, METRICS_TYPE, type Metric } from "../metrics.ts";
import { answers, routes } from "../routing.ts";
import { health, readiness } from "../shapes/engine.ts";

const alive = createRoute({
  method: "get",
  path: "/healthz",
  tags: ["system"],
  summary: "Whether the process answers",
  responses: { 200: answers(health, "It does") },
});

const ready = createRoute({
  method: "get",
  path: "/readyz",
  tags: ["system"],
  summary: "Whether the engine accepts work",
  responses: { 200: answers(readiness, "It does"), 503: answers(readiness, "Not now, and why") },
});

const metrics = createRoute({
  method: "get",
  path: "/metrics",
  tags: ["system"],
  summary: "Measurements for Prometheus",
  responses: { 200: { description: "Prometheus text", content: { "text/plain": { schema: z.string() } } } },
});

/** What watches the engine asks without a token; nothing here names an agent. */
export function system(deps: HttpDeps, own: () => readonly Metric[]) {
  return routes()
    .openapi(alive, (c) => c.json({ status: "ok" as const, version: deps.version }, 200))
    .openapi(ready, async (c) => {
      const state = await deps.readiness();
      if (state.ready) return c.json(state, 200);
      c.header("retry-after", "1");
      return c.json(state, 503);
    })
    .openapi(metrics, async (c) => {
      const all = [...(await deps.metrics()), ...own()];
      return c.text(exposition(all), 200, { "content-type": METRICS_TYPE });
    });
}
