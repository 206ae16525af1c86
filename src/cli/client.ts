import { type ClientResponse, hc } from "hono/client";
import type { AppType } from "../http/app.ts";
import { AiosError, messageOf } from "../kernel/errors.ts";
import type { Call } from "./command.ts";
import { type EngineAddress, findEngine } from "./engine-address.ts";
import { UsageError } from "./exit.ts";
import { refusalOf, stranger } from "./refusal.ts";

type Client = ReturnType<typeof hc<AppType>>;

/** A running engine, as this caller may use it. */
export interface Connection {
  readonly url: string;
  /** `/healthz`, `/readyz` and everything else, with the types of the routes themselves. */
  readonly doors: Client;
  /** Everything under `/api/v1`. */
  readonly api: Api;
  /** Asks for a path and hands back the answer while its body still comes: for streams. No time limit but the signal's. */
  readonly open: (path: string, init: OpenInit) => Promise<Response>;
}
export type Api = Client["api"]["v1"];

interface OpenInit {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A busy engine answers late; one that takes longer than this does not answer. */
export const ANSWER_MS = 30_000;

/**
 * Finds the engine and gets ready to talk to it; nothing is sent yet. Whatever is asked for rejects with an `AiosError`:
 * the engine's own refusal, or `engine.unreachable`.
 */
export async function connect(
  call: Pick<Call, "given" | "env" | "cwd">,
  answerMs: number = ANSWER_MS,
): Promise<Connection> {
  const address = await findEngine(call);
  const { url, dataDir } = address;
  if (url === undefined) throw new AiosError("engine.unreachable", `No engine runs on ${dataDir}`);
  const headers: Record<string, string> =
    address.token === undefined ? {} : { authorization: `Bearer ${address.token}` };
  const ask = (input: string | URL | Request, init: RequestInit = {}) =>
    exchange(address, url, input, { ...init, signal: AbortSignal.timeout(answerMs) });
  const doors: Client = hc<AppType>(url, { headers, fetch: ask });
  const open = async (path: string, init: OpenInit) => {
    const response = await send(url, new URL(path, url), { ...init, headers: { ...headers, ...init.headers } });
    return response.ok ? response : refuse(address, url, response);
  };
  return { url, doors, api: doors.api.v1, open };
}

/** The body of a successful answer. */
export async function read<T>(asked: Promise<ClientResponse<T>>): Promise<T> {
  const response = await asked;
  if (!response.ok) throw stranger(new URL(response.url).origin, response.status);
  return (await response.json()) as T;
}

/** A page of any list. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** What a page is asked for with: spread it into the query. */
export interface PageWish {
  readonly limit: string;
  readonly after?: string;
}

const PAGE = 1000;

/** The first `most` items of a list, over as many pages as it takes. */
export async function readList<T>(
  most: number,
  ask: (wish: PageWish) => Promise<ClientResponse<Page<T>>>,
): Promise<Page<T>> {
  const items: T[] = [];
  let next: string | null = null;
  do {
    const limit = String(Math.min(PAGE, most - items.length));
    const page: Page<T> = await read(ask({ limit, ...(next === null ? {} : { after: next }) }));
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < most);
  return { items, next };
}

/** More than any list has. */
export const EVERYTHING = 100_000;

/** An id or key as one segment of a path: the client puts it there as it is. */
export function segment(text: string): string {
  // Dots alone mean a folder, even when they are escaped, and nothing at all would ask for the list.
  if (text === "" || text === "." || text === "..") throw new UsageError(`"${text}" is no id`);
  return encodeURIComponent(text);
}

async function exchange(
  address: EngineAddress,
  url: string,
  input: string | URL | Request,
  init: RequestInit,
): Promise<Response> {
  const response = await send(url, input, init);
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json") === true;
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  if (isProblem || !isJson) return refuse(address, url, response);
  const body = await textOf(url, response);
  return Object.defineProperty(new Response(body, response), "url", { value: response.url });
}

async function send(url: string, input: string | URL | Request, init: RequestInit): Promise<Response> {
  try {
    return await fetch(input, { ...init, redirect: "error" });
  } catch (failure) {
    throw silence(url, failure, init.signal ?? undefined);
  }
}

async function textOf(url: string, response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (failure) {
    throw silence(url, failure);
  }
}

async function refuse(address: EngineAddress, url: string, response: Response): Promise<never> {
  throw refusalOf(address, url, response.status, response.headers, await textOf(url, response));
}

/** Why nothing was answered, in words. Asked to give up by the caller's own signal, the failure stays what it is. */
function silence(url: string, failure: unknown, signal?: AbortSignal): unknown {
  const isLate = failure instanceof DOMException && failure.name === "TimeoutError";
  if (signal?.aborted === true && !isLate) return failure;
  const why = isLate ? "no answer came in time" : causeOf(failure);
  return new AiosError("engine.unreachable", `No engine answers at ${url}: ${why}`, { cause: failure });
}

/** fetch says only "fetch failed"; the reason is in its cause. */
function causeOf(failure: unknown): string {
  const cause = failure instanceof Error ? (failure.cause ?? failure) : failure;
  if (!(cause instanceof Error) || !("code" in cause)) return messageOf(cause);
  return cause.code === "ECONNREFUSED" ? "nothing listens there" : cause.message || String(cause.code);
}
