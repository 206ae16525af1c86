import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { AiosError, type FailureCode } from "../kernel/errors.ts";
import type { Reading } from "./deps.ts";
import type { HttpEnv } from "./env.ts";
import { hostAllowed, originAllowed } from "./hosts.ts";
import { type Principal, principalName, type Right, reachOf } from "./principals.ts";

/** Refuses requests and sockets that were addressed under another name, or sent by another site's page. */
export function addressGuard(allowedHosts: readonly string[]): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const url = new URL(c.req.url);
    const header = c.req.header("host");
    const addressed = header !== undefined && URL.canParse(`http://${header}`) ? new URL(`http://${header}`) : url;
    if (!hostAllowed(url, allowedHosts) || !hostAllowed(addressed, allowedHosts))
      throw new AiosError("auth.origin", `The engine is not addressed as ${url.host}`);
    const origin = c.req.header("origin");
    if (origin !== undefined && !originAllowed(origin, addressed, allowedHosts))
      throw new AiosError("auth.origin", `Pages of ${origin.slice(0, 200)} may not talk to this engine`);
    await next();
  };
}

export interface Verifiers {
  readonly token: (token: string) => Principal | undefined;
  readonly session: (session: string) => Principal | undefined;
}

/** Finds out who asks, by bearer token or by the browser's cookie; without either the request ends here. */
export function identify(verifiers: Verifiers): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    c.set("principal", whoAsks(c, verifiers));
    await next();
  };
}

function whoAsks(c: Context<HttpEnv>, verifiers: Verifiers): Principal {
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) {
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    const principal = token === undefined ? undefined : verifiers.token(token);
    if (principal === undefined) throw new AiosError("auth.missing", "The token is not known here");
    return principal;
  }
  const session = getCookie(c, sessionCookie(c.req.url));
  const principal = session === undefined ? undefined : verifiers.session(session);
  if (principal !== undefined) return principal;
  throw new AiosError("auth.missing", session === undefined ? "The request carries no token" : "The session is over");
}

/** Browsers share cookies between the ports of a host, so the name carries the port: two engines can be open at once. */
export function sessionCookie(requestUrl: string): string {
  const { port } = new URL(requestUrl);
  return port === "" ? "aios_session" : `aios_session_${port}`;
}

/** Spread into a route: whoever lacks the right is refused, and the document says which right it is. */
export function needs(right: Right) {
  const middleware: MiddlewareHandler<HttpEnv> = async (c, next) => {
    const principal = c.get("principal");
    const reach = reachOf(principal, right);
    if (reach === undefined)
      throw new AiosError("auth.refused", `${principalName(principal)} does not have the right ${right}`);
    c.set("reach", reach);
    await next();
  };
  return { middleware, ...documentsRight(right) };
}

/** What the document says about a route that needs the right. */
export function documentsRight(right: Right) {
  return { "x-right": right, security: [{ token: [] }, { session: [] }] };
}

/** An agent that reaches for what is not its own learns nothing about it, not even that it exists. */
export function hidden(what: FailureCode, id: string): AiosError {
  return new AiosError(what, `There is nothing with the id ${id}`);
}

/** What has this id; rejects with `not_found`, naming it, when there is nothing. */
export async function existing<T>(what: string, room: Pick<Reading<T>, "get">, id: string): Promise<T> {
  const found = await room.get(id);
  if (found === undefined) throw new AiosError("not_found", `There is no ${what} ${id}`);
  return found;
}
