import type { MiddlewareHandler } from "hono";
import type { Clock } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import type { Hash } from "../kernel/hash.ts";
import type { HttpEnv } from "./env.ts";

const KEEP_MS = 24 * 3_600_000;
const CAPACITY = 10_000;
const CHANGES = new Set(["POST", "PUT", "PATCH", "DELETE"]);

interface Remembered {
  readonly request: string;
  readonly untilMs: number;
  readonly answer: Promise<{ readonly status: number; readonly headers: Headers; readonly body: string } | undefined>;
}

/**
 * Answers a change that is sent again under the same `Idempotency-Key` as it was answered before, without doing it
 * again; sent again while the first is under way, it waits for it. The key belongs to its principal. A refusal
 * is not remembered, so that it can be sent again once its reason has passed. This memory ends with the engine and after a day; events and tasks carry their
 * key into the journal and keep it across restarts.
 */
export function idempotency(deps: { readonly clock: Clock; readonly hash: Hash }): MiddlewareHandler<HttpEnv> {
  const known = new Map<string, Remembered>();
  return async (c, next) => {
    const key = c.req.header("idempotency-key");
    if (key === undefined || !CHANGES.has(c.req.method)) return next();
    if (key.length === 0 || key.length > 256)
      throw new AiosError("input.invalid", "The Idempotency-Key has 1 to 256 characters");
    const url = new URL(c.req.url);
    const name = `${c.get("principal").id}\n${key}`;
    const request = deps.hash.sha256(`${c.req.method} ${url.pathname}${url.search}\n${await c.req.text()}`);
    const earlier = known.get(name);
    if (earlier !== undefined && earlier.untilMs > deps.clock.now()) {
      if (earlier.request !== request)
        throw new AiosError("conflict", `The Idempotency-Key ${key} was used for another request`);
      const answer = await earlier.answer;
      if (answer !== undefined) {
        const headers = new Headers(answer.headers);
        headers.set("idempotent-replayed", "true");
        return new Response(answer.body, { status: answer.status, headers });
      }
    }
    const { promise, resolve } = deferred<Awaited<Remembered["answer"]>>();
    const oldest = known.keys().next();
    if (known.size >= CAPACITY && oldest.done !== true) known.delete(oldest.value);
    known.set(name, { request, untilMs: deps.clock.now() + KEEP_MS, answer: promise });
    try {
      await next();
      const { status, headers } = c.res;
      const lasting = status < 400;
      resolve(lasting ? { status, headers: new Headers(headers), body: await c.res.clone().text() } : undefined);
      if (!lasting) known.delete(name);
    } catch (failure) {
      known.delete(name);
      resolve(undefined);
      throw failure;
    }
  };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
