import { AiosError, messageOf } from "../kernel/errors.ts";
import type { Web, WebRequest, WebResponse } from "../kernel/web.ts";
import { errnoOf } from "./errno.ts";

const DEFAULT_MAX_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * HTTP through Node's fetch. The timeout covers the whole exchange, body included. A redirect is followed within the
 * same origin only (at most five); one that leads elsewhere is handed back as the answer it is, so that a grant for
 * one host never reaches another. An aborted request rejects with `network.unreachable` and the reason as its cause.
 */
export const nodeWeb: Web = { request: exchange };

async function exchange(request: WebRequest): Promise<WebResponse> {
  const stop = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    stop.abort();
  }, request.timeoutMs);
  const cancel = (): void => stop.abort(request.signal?.reason);
  request.signal?.addEventListener("abort", cancel);
  if (request.signal?.aborted === true) cancel();
  try {
    return await follow(request, stop.signal);
  } catch (failure) {
    if (failure instanceof AiosError) throw failure;
    const what = `${request.method} ${withoutQuery(request.url)}`;
    if (timedOut) throw new AiosError("network.timeout", `${what} did not answer within ${request.timeoutMs} ms`);
    const why = stop.signal.aborted ? "it was cancelled" : causeOf(failure);
    throw new AiosError("network.unreachable", `${what}: ${why}`, { cause: failure });
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", cancel);
  }
}

async function follow(request: WebRequest, signal: AbortSignal): Promise<WebResponse> {
  let url = parseUrl(request.url);
  let { method, body } = request;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url, {
      method,
      redirect: "manual",
      signal,
      ...(request.headers === undefined ? {} : { headers: { ...request.headers } }),
      ...(body === undefined ? {} : { body }),
    });
    const next = sameOriginTarget(response, url);
    if (next === undefined || redirects === MAX_REDIRECTS) return await answerOf(response, request.maxBytes);
    await response.body?.cancel();
    if (response.status === 303 || (method === "POST" && (response.status === 301 || response.status === 302))) {
      method = "GET";
      body = undefined;
    }
    url = next;
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new AiosError("network.unreachable", `"${withoutQuery(text)}" is not an http or https address`);
}

function sameOriginTarget(response: Response, from: URL): URL | undefined {
  const location = response.headers.get("location");
  if (!REDIRECTS.has(response.status) || location === null || !URL.canParse(location, from.href)) return undefined;
  const target = new URL(location, from);
  return target.origin === from.origin ? target : undefined;
}

async function answerOf(response: Response, maxBytes = DEFAULT_MAX_BYTES): Promise<WebResponse> {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: response.body === null ? "" : await textOf(response.body, maxBytes),
  };
}

/** The first `maxBytes` of the body; the rest is not even received. */
async function textOf(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let left = maxBytes;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Queries may carry secrets; messages end up in logs and journals. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//");
}

/** fetch says only "fetch failed"; the reason is in its cause. */
function causeOf(failure: unknown): string {
  if (!(failure instanceof Error) || failure.cause === undefined) return messageOf(failure);
  // Of a name with several addresses Node reports an aggregate without a message of its own.
  return messageOf(failure.cause) || (errnoOf(failure.cause) ?? failure.message);
}
