import { z } from "@hono/zod-openapi";
import type { Json } from "../../kernel/json.ts";

/** Any JSON value. Bodies were parsed as JSON before a schema sees them, so being there is all that is left to check. */
export const anyJson = z
  .custom<Json>((value) => value !== undefined, "a JSON value is needed")
  .openapi({
    description: "Any JSON value.",
    type: ["object", "array", "string", "number", "boolean", "null"],
  });

export const id = z.string().min(1).max(256);
export const atMs = z.number().openapi({ description: "Milliseconds since the Unix epoch." });

/** A line of the ledger of effects. */
export const effect = z
  .object({
    effect: z.string(),
    key: z.string().openapi({ description: "The same for every try at the same effect." }),
    attempt: z.number().int(),
    outcome: z
      .enum(["under_way", "done", "failed", "cancelled", "interrupted", "none"])
      .openapi({ description: "`none`: it is over and nobody can say how." }),
    detail: z.string().optional(),
    startedAtMs: atMs.optional(),
    endedAtMs: atMs.optional(),
  })
  .openapi("Effect");

export const severity = z.enum(["debug", "info", "warning", "error", "critical"]);
export const priority = z.enum(["P0", "P1", "P2", "P3"]);
export const risk = z.enum(["low", "medium", "high", "dangerous", "forbidden"]);
export const reactorMode = z.enum(["observe", "rehearse", "live"]);
export const target = z
  .object({ kind: z.enum(["agent", "process", "file", "upstream", "host"]), id: z.string() })
  .openapi("Target");

export const fault = z.object({ path: z.string(), message: z.string() }).openapi("Fault");
export const problem = z
  .object({
    type: z.string().openapi({ example: "urn:aios:failure:input.invalid" }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    advice: z.string(),
    errors: z.array(fault),
    request: z.string().openapi({ description: "The id of this request in the engine's log." }),
  })
  .openapi("Problem");

/** One page of a list; `next` is what to send as `after` for the following one, null on the last. */
export function page<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

export const pageQuery = z.object({
  after: id.optional().openapi({ description: "The `next` of the page before." }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** The answer to a change that has nothing else to say. */
export const done = z.object({ done: z.literal(true) }).openapi("Done");
export const because = z.object({ reason: z.string().max(2000).optional() });
