import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import { AiosError } from "../kernel/errors.ts";
import type { HttpDeps } from "./deps.ts";
import { docsPage, docsStyle } from "./docs-page.ts";
import { emptyBody } from "./empty-body.ts";
import type { HttpEnv } from "./env.ts";
import { addressGuard, identify } from "./guard.ts";
import { idempotency } from "./idempotency.ts";
import { describe } from "./openapi.ts";
import { nameFailure, problemResponse } from "./problems.ts";
import { access } from "./routes/access.ts";
import { actors } from "./routes/actors.ts";
import { agents } from "./routes/agents.ts";
import { approvals } from "./routes/approvals.ts";
import { backup } from "./routes/backup.ts";
import { deadletters } from "./routes/deadletters.ts";
import { effects } from "./routes/effects.ts";
import { embedder } from "./routes/embedder.ts";
import { engine } from "./routes/engine.ts";
import { events } from "./routes/events.ts";
import { incidents } from "./routes/incidents.ts";
import { knowledge } from "./routes/knowledge.ts";
import { live } from "./routes/live.ts";
import { mcp } from "./routes/mcp.ts";
import { memory } from "./routes/memory.ts";
import { memoryCare } from "./routes/memory-care.ts";
import { memoryLines } from "./routes/memory-lines.ts";
import { pages } from "./routes/pages.ts";
import { playbooks } from "./routes/playbooks.ts";
import { predictions } from "./routes/predictions.ts";
import { runs } from "./routes/runs.ts";
import { score } from "./routes/score.ts";
import { system } from "./routes/system.ts";
import { tasks } from "./routes/tasks.ts";
import { routes } from "./routing.ts";
import { Sessions } from "./sessions.ts";
import { Streams } from "./streams.ts";
import { Traffic } from "./traffic.ts";

const MIB = 1_048_576;
/** A batch of events, or one that is too large and gets told so by name. */
const EVENTS_BYTES = 8 * MIB;
const IMPORT_BYTES = 64 * MIB;

/** The engine's doors: every route, and how to close what is open. */
export interface Doors {
  readonly fetch: (request: Request, env?: HttpEnv["Bindings"]) => Response | Promise<Response>;
  /** Ends every open stream and socket; new ones end at once. */
  readonly closeStreams: () => void;
  /** A one-time link for the browser, as `POST /api/v1/tickets` gives it. */
  readonly sessions: Sessions;
}

export function createApp(deps: HttpDeps): Doors & { readonly app: AppType } {
  const streams = new Streams();
  const traffic = new Traffic(deps.clock);
  const sessions = new Sessions({ ...deps, isLive: (principal) => deps.tokens.isLive(principal.id) });
  const app = build(deps, streams, traffic, sessions);
  return { app, fetch: (request, env) => app.fetch(request, env), closeStreams: () => streams.closeAll(), sessions };
}

/** What the dashboard's typed client is made of: `hc<AppType>("/")`. */
export type AppType = ReturnType<typeof build>;

function build(deps: HttpDeps, streams: Streams, traffic: Traffic, sessions: Sessions) {
  const app = routes();
  app.onError((failure, c) => {
    const named = nameFailure(failure);
    if (named.code === "internal")
      deps.log.error("a request failed inside", { request: c.get("requestId"), path: c.req.path, failure });
    return problemResponse(named, c.get("requestId"));
  });
  app.notFound((c) => {
    const failure = new AiosError(
      "not_found",
      `There is no ${c.req.method} ${c.req.path} here; /docs shows what there is`,
    );
    return problemResponse(failure, c.get("requestId"));
  });

  app.use(async (c, next) => {
    c.set("requestId", deps.entropy.id());
    const done = traffic.begin();
    await next();
    c.header("x-request-id", c.get("requestId"));
    done(c.req.method, c.res.status);
  });
  const sealed = headers("same-origin");
  // The inspector page opens a window of another origin and has to keep hold of it.
  const opener = headers("same-origin-allow-popups");
  app.use((c, next) => (c.req.path === "/inspect" ? opener : sealed)(c, next));
  app.use(addressGuard(deps.settings.allowedHosts));

  const identified = identify({
    token: (token) => deps.tokens.verify(token),
    session: (session) => sessions.verify(session),
  });
  for (const path of ["/api/*", "/ws", "/ws/*", "/mcp"]) app.use(path, identified);
  for (const path of ["/api/*", "/mcp"]) app.use(path, limitBody);
  app.use("/api/*", emptyBody);
  app.use("/api/*", idempotency(deps));
  app.use("/api/*", async (c, next) => {
    await next();
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
  });

  const all = app
    .route(
      "/",
      system(deps, () => [...traffic.metrics(), ...streams.metrics()]),
    )
    .route("/", live(deps, streams))
    .route("/", mcp(deps))
    .route("/api/v1/events", events(deps, streams))
    .route("/api/v1/tasks", tasks(deps))
    .route("/api/v1/agents", agents(deps))
    .route("/api/v1/actors", actors(deps))
    .route("/api/v1/effects", effects(deps))
    .route("/api/v1/playbooks", playbooks(deps))
    .route("/api/v1/runs", runs(deps))
    .route("/api/v1/approvals", approvals(deps))
    .route("/api/v1/incidents", incidents(deps))
    .route("/api/v1/deadletters", deadletters(deps))
    .route("/api/v1/score", score(deps))
    .route("/api/v1/predictions", predictions(deps))
    .route("/api/v1/memory/embedder", embedder(deps, streams))
    .route("/api/v1/memory", memoryLines(deps))
    .route("/api/v1/memory", memory(deps))
    .route("/api/v1/memory", memoryCare(deps))
    .route("/api/v1", knowledge(deps))
    .route("/api/v1", engine(deps))
    .route("/api/v1", backup(deps))
    .route("/api/v1", access(deps, sessions));

  const document = once(() => describe(all, deps.version));
  all.get("/openapi.json", (c) => c.json(document()));
  all.get("/docs", (c) => c.html(docsPage(document())));
  all.get("/docs/style.css", (c) => c.body(docsStyle, 200, { "content-type": "text/css; charset=utf-8" }));
  all.route("/", pages(deps, sessions));
  return all;
}

/** What declares its length is judged by that, since the listener takes no byte more; asking for its body would copy it. */
const limitBody: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const { path, method } = c.req;
  if (method === "GET" || method === "HEAD") return next();
  const limits = path.startsWith("/api/v1/events")
    ? EVENTS_BYTES
    : path.endsWith("/memory/import")
      ? IMPORT_BYTES
      : MIB;
  const onError = () => {
    throw new AiosError("input.too_large", `This route takes up to ${limits} bytes`);
  };
  const length = c.req.header("content-length");
  if (length === undefined || c.req.header("transfer-encoding") !== undefined)
    return bodyLimit({ maxSize: limits, onError })(c, next);
  return Number(length) > limits ? onError() : next();
};

function headers(crossOriginOpenerPolicy: "same-origin" | "same-origin-allow-popups") {
  return secureHeaders({
    crossOriginOpenerPolicy,
    xFrameOptions: "DENY",
    referrerPolicy: "no-referrer",
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
