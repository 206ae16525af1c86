import type { MiddlewareHandler } from "hono";
import { AiosError } from "../kernel/errors.ts";
import type { HttpDeps } from "./deps.ts";
import type { HttpEnv } from "./env.ts";

const KEEP_MS = 24 * 3_600_000;
const CAPACITY = 10_000;
const CHANGES = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** What is forgotten is not repeated from what was answered about it. */
const MEMORY = "/api/v1/memory/";

interface Remembered {
  readonly request: string;
  /** Whether the answer may hold what the memory keeps. */
  readonly tellsMemory: boolean;
  /** The memory forgot something since it was answered. */
  readonly isForgotten: boolean;
  readonly untilMs: number;
  readonly answer: Promise<{ readonly status: number; readonly headers: Headers; readonly body: string } | undefined>;
}

/**
 * Answers a change that is sent again under the same `Idempotency-Key` as it was answered before, without doing it
 * again; sent again while the first is under way, it waits for it. The key belongs to its principal. A refusal
 * is not remembered, so that it can be sent again once its reason has passed. This memory ends with the engine and after a day; events and tasks carry their
 * key into the journal and keep it across restarts.
 */
export function idempotency(deps: Pick<HttpDeps, "clock" | "hash" | "events">): MiddlewareHandler<HttpEnv> {
  const known = new Map<string, Remembered>();
  // Not every door that forgets is one of these: a program may, and an agent's tool.
  deps.events.subscribe({ topic: "memory.forgotten" }, () => forgetAnswers(), { name: "idempotent answers" });
  return async (c, next) => {
    const key = c.req.header("idempotency-key");
    if (key === undefined || !CHANGES.has(c.req.method)) {
      await next();
      return undefined;
    }
    if (key.length === 0 || key.length > 256)
      throw new AiosError("input.invalid", "The Idempotency-Key has 1 to 256 characters");
    const url = new URL(c.req.url);
    const name = `${c.get("principal").id}\n${key}`;
    const request = deps.hash.sha256(`${c.req.method} ${url.pathname}${url.search}\n${await c.req.text()}`);
    const earlier = known.get(name);
    if (earlier !== undefined && earlier.untilMs > deps.clock.now()) {
      if (earlier.request !== request)
        throw new AiosError("conflict", `The Idempotency-Key ${key} was used for another request`);
      if (earlier.isForgotten)
        throw new AiosError(
          "conflict",
          `What the Idempotency-Key ${key} was answered with may have been forgotten since`,
        );
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
    known.set(name, {
      request,
      tellsMemory: c.req.method !== "DELETE" && url.pathname.startsWith(MEMORY),
      isForgotten: false,
      untilMs: deps.clock.now() + KEEP_MS,
      answer: promise,
    });
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
    return undefined;
  };

  function forgetAnswers(): void {
    const nothing = Promise.resolve(undefined);
    for (const [name, one] of known)
      if (one.tellsMemory) known.set(name, { ...one, isForgotten: true, answer: nothing });
  }
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
