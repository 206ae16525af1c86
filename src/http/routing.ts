import { OpenAPIHono, type z } from "@hono/zod-openapi";
import { faultsOf } from "../events/faults.ts";
import { AiosError } from "../kernel/errors.ts";
import type { HttpEnv } from "./env.ts";

/** An empty set of routes whose bad input becomes `input.invalid`, with the path of every fault. */
export function routes() {
  return new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      throw new AiosError("input.invalid", `The ${partNames[result.target]} does not fit this route`, {
        faults: faultsOf(result.error),
      });
    },
  });
}

const partNames = {
  json: "body",
  form: "form",
  query: "query",
  param: "path",
  header: "header",
  cookie: "cookie",
} as const;

/** A JSON answer, for a route's `responses`. */
export function answers<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** A JSON body that must be there, for a route's `request.body`. */
export function takes<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } };
}
