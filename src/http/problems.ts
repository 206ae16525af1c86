import type { z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { AiosError, asAiosError, failures } from "../kernel/errors.ts";
import type { problem } from "./shapes/common.ts";

export type Problem = z.infer<typeof problem>;

/** What is said about a failure that has no time of its own to name. */
const RETRY_AFTER_SECONDS = 1;

/** A failure as one of ours: hono's own exceptions say only that a body was not JSON, or too large. */
export function nameFailure(failure: unknown): AiosError {
  if (!(failure instanceof HTTPException)) return asAiosError(failure);
  if (failure.status === 413) return new AiosError("input.too_large", "The body is larger than this route takes");
  if (failure.status === 401) return new AiosError("auth.missing", "The request carries no token");
  return new AiosError("input.invalid", "The body is not JSON", { cause: failure, faults: [malformed(failure)] });
}

const malformed = (failure: HTTPException) => ({ path: "", message: failure.message });

/** The failure as `application/problem+json`. What went wrong inside is told to the log alone. */
export function problemResponse(failure: AiosError, requestId: string): Response {
  const { status, title, advice, retry } = failures[failure.code];
  const body: Problem = {
    type: `urn:aios:failure:${failure.code}`,
    title,
    status,
    detail: failure.code === "internal" ? `The engine's log has it under ${requestId}` : failure.message,
    code: failure.code,
    advice,
    errors: failure.faults.map(({ path, message }) => ({ path, message })),
    request: requestId,
  };
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (retry === "later" && (status === 429 || status === 503))
    headers.set("retry-after", String(Math.max(1, Math.ceil(failure.retryAfterSeconds ?? RETRY_AFTER_SECONDS))));
  if (status === 401) headers.set("www-authenticate", 'Bearer realm="aios"');
  return new Response(JSON.stringify(body), { status, headers });
}
