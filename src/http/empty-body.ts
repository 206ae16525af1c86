import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./env.ts";

const JSON_TYPE = /^application\/([a-z0-9.-]+\+)?json\b/i;

/**
 * A body of no bytes is no body, whatever type its headers promise: many clients name JSON with every request they send.
 * A route whose body may be left out then takes the request, one that needs its body says which members are missing.
 */
export const emptyBody: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const { raw, method } = c.req;
  if (method === "GET" || method === "HEAD" || !JSON_TYPE.test(raw.headers.get("content-type") ?? "")) return next();
  const length = raw.headers.get("content-length");
  // What is read here stays with the request: nobody reads it a second time.
  if (length === "0" || (length === null && (await c.req.text()) === "")) raw.headers.delete("content-type");
  return next();
};
