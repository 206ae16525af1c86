import { createRoute } from "@hono/zod-openapi";
import type { HttpDeps } from "../deps.ts";
import { needs } from "../guard.ts";
import { answers, routes } from "../routing.ts";
import { predictionsView } from "../shapes/predictions.ts";

const current = createRoute({
  method: "get",
  path: "/",
  tags: ["knowledge"],
  summary: "Which agents are likely to fail next and why, or why that is not proven",
  ...needs("knowledge.read"),
  responses: { 200: answers(predictionsView, "The forecasts and how they did so far") },
});

export function predictions({ predictions }: HttpDeps) {
  return routes().openapi(current, async (c) => c.json(await predictions(), 200));
}
