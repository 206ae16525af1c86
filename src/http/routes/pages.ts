import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import { AiosError } from "../../kernel/errors.ts";
import type { HttpDeps } from "../deps.ts";
import type { HttpEnv } from "../env.ts";
import { sessionCookie } from "../guard.ts";
import { contentTypeOf } from "../pages.ts";
import { routes } from "../routing.ts";
import type { Sessions } from "../sessions.ts";

const DAY_SECONDS = 86_400;
/** Pages of the dashboard: each is the same document, which looks at its own address. */
const documents = ["/", "/inspect"] as const;

/** The dashboard's files, and the one moment a browser is let in: a ticket is spent, a session begins. */
export function pages(deps: HttpDeps, sessions: Sessions) {
  const app = routes();
  const page = async (c: Context<HttpEnv>) => {
    const ticket = c.req.query("ticket");
    if (ticket !== undefined) return letIn(c, sessions, ticket);
    const named = c.req.path === "/" ? undefined : await deps.pages?.read(`${c.req.path}.html`);
    const document = named ?? (await deps.pages?.read("/index.html"));
    if (document === undefined) return c.text(NOT_BUILT, 404);
    return file(document, "text/html; charset=utf-8", "no-cache");
  };
  for (const path of documents) app.get(path, page);
  app.get("/*", async (c, next) => {
    const content = await deps.pages?.read(c.req.path);
    if (content === undefined) return next();
    // Built files carry a hash of their content in their name.
    const caching = c.req.path.startsWith("/assets/") ? `public, max-age=${365 * DAY_SECONDS}, immutable` : "no-cache";
    return file(content, contentTypeOf(c.req.path), caching);
  });
  return app;
}

const NOT_BUILT =
  "The dashboard is not built here. `npm run build` builds it; the API is at /api/v1, described at /docs.\n";

function file(content: Uint8Array, contentType: string, caching: string): Response {
  return new Response(new Uint8Array(content), { headers: { "content-type": contentType, "cache-control": caching } });
}

/** The ticket leaves the address at once, so that it is not kept in the browser's history or sent on as a referrer. */
function letIn(c: Context<HttpEnv>, sessions: Sessions, ticket: string): Response {
  const session = sessions.redeem(ticket);
  if (session === undefined)
    throw new AiosError("auth.refused", "This link was used before or is too old: `aios dashboard` makes a new one");
  setCookie(c, sessionCookie(c.req.url), session, { httpOnly: true, sameSite: "Strict", path: "/" });
  c.header("cache-control", "no-store");
  return c.redirect(c.req.path, 303);
}
