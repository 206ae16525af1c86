import type { OpenAPIHono } from "@hono/zod-openapi";
import type { HttpEnv } from "./env.ts";
import { problem } from "./shapes/common.ts";

type Document = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;
type Operation = NonNullable<NonNullable<Document["paths"]>[string]["get"]>;

const methods = ["get", "post", "put", "patch", "delete"] as const;
const CHANGES: ReadonlySet<string> = new Set(["post", "put", "patch", "delete"]);

/** The OpenAPI 3.1 document, made from the routes themselves; what holds for all of them is said once, here. */
export function describe(app: OpenAPIHono<HttpEnv>, version: string): Document {
  const registry = app.openAPIRegistry;
  registry.register("Problem", problem);
  registry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", "session", { type: "apiKey", in: "cookie", name: "aios_session" });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "AIOS",
      version,
      description:
        "Errors are problem details with a stable `type`. Lists are `{items, next}`; send `next` as `after`. " +
        "429 and 503 carry `Retry-After`. Changes accept `Idempotency-Key`.",
    },
    servers: [{ url: "/" }],
  });
  for (const [path, item] of Object.entries(document.paths ?? {}))
    for (const method of methods) {
      const operation = item[method];
      if (operation !== undefined) complete(operation, method, path);
    }
  return document;
}

function complete(operation: Operation, method: string, path: string): void {
  operation.operationId ??= operationIdOf(method, path);
  const described = { description: "What went wrong, where, and what to change" };
  const schema = { $ref: "#/components/schemas/Problem" };
  operation.responses ??= {};
  operation.responses["default"] = { ...described, content: { "application/problem+json": { schema } } };
  if (!path.startsWith("/api/") || !CHANGES.has(method)) return;
  operation.parameters = [
    ...(operation.parameters ?? []),
    { name: "Idempotency-Key", in: "header", required: false, schema: { type: "string", maxLength: 256 } },
  ];
}

/** `get /api/v1/tasks/{id}/output` is `get_tasks_id_output`. */
function operationIdOf(method: string, path: string): string {
  const words = path.replace(/^\/api\/v1/, "").match(/[A-Za-z]+/g) ?? ["root"];
  return [method, ...words].join("_");
}
