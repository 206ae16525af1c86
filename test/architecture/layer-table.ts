/** Who may import whom: the table of the design, as data. */
export interface LayerRule {
  /** Layers whose values and types may be imported. */
  readonly imports: readonly string[] | "everything";
  /** Layers of which only types may be imported. */
  readonly typesOf?: readonly string[];
  /** Packages; `node:*` stands for Node's own modules, `@scope/*` for a scope. */
  readonly packages: readonly string[];
  /** Packages that only one leaf may import: path or folder below src → packages. */
  readonly leaves?: Readonly<Record<string, readonly string[]>>;
  /** Files that load modules whose names a user gives. */
  readonly computed?: readonly string[];
  /** Never sees the machine it runs on: no Node, no time, no chance, no web. */
  readonly pure?: true;
  /** Runs on a machine but takes time, chance, processes and web through the ports of the kernel. */
  readonly ported?: true;
}

const core = ["kernel", "events", "domain", "resilience"];
const carriers = ["memory", "actions", "agents"];

export const layerTable: Readonly<Record<string, LayerRule>> = {
  kernel: { imports: [], packages: [], pure: true },
  events: { imports: ["kernel"], packages: ["zod", "rxjs"], pure: true },
  // re2js: patterns written by users are matched in linear time; it is a pure library.
  domain: { imports: ["kernel", "events"], packages: ["zod", "re2js"], pure: true },
  resilience: { imports: ["kernel"], packages: [], pure: true },
  machines: { imports: core, packages: ["xstate"], pure: true },
  memory: {
    imports: core,
    packages: ["zod"],
    leaves: {
      "memory/backends/chroma": ["chromadb"],
      "memory/backends/neo4j": ["neo4j-driver"],
      "memory/embedders/": ["@xenova/transformers"],
    },
    ported: true,
  },
  actions: { imports: core, packages: ["zod"], ported: true },
  agents: { imports: core, packages: ["zod"], ported: true },
  actors: { imports: [...core, "machines", ...carriers], packages: ["xstate", "rxjs"], ported: true },
  ingest: { imports: ["kernel", "events", "domain"], packages: ["zod"], ported: true },
  http: {
    imports: ["kernel", "events", "domain", "ingest"],
    typesOf: ["memory"],
    packages: ["hono", "@hono/zod-openapi"],
    leaves: { "http/mcp/": ["@modelcontextprotocol/server"], "http/routes/mcp.ts": ["@modelcontextprotocol/server"] },
    ported: true,
  },
  platform: {
    imports: ["kernel", "events"],
    typesOf: ["http"],
    packages: ["node:*", "@hono/node-server", "ws"],
    computed: ["src/platform/modules.ts"],
  },
  cluster: { imports: ["kernel", "events"], typesOf: ["http"], packages: ["node:*", "@nats-io/*"] },
  config: {
    imports: [...core, "machines", ...carriers, "actors", "ingest", "http", "cluster"],
    packages: ["zod"],
    ported: true,
  },
  runtime: {
    imports: [...core, "machines", ...carriers, "actors", "ingest", "http", "cluster", "config"],
    packages: [],
    ported: true,
  },
  // A world of its own, so that nothing of the real one can get into it: its journal and digests are handed to it too.
  simulation: {
    imports: [...core, "machines", ...carriers, "actors", "http", "config", "runtime"],
    packages: [],
    ported: true,
  },
  index: { imports: "everything", packages: ["node:*"] },
  cli: {
    imports: "everything",
    packages: ["node:*"],
    leaves: { "cli/client.ts": ["hono"], "cli/mcp.ts": ["@modelcontextprotocol/server"] },
  },
  main: { imports: "everything", packages: ["node:*"] },
};

/** The page is a program of its own: of src it may know the type of the HTTP app, and nothing that runs. */
export const dashboardRule = {
  typesFrom: ["src/http/app.ts"],
  packages: ["hono", "uplot", "vite", "@statelyai/inspect", "node:*"],
};

/** Values that a pure folder never sees. */
export const impureNames: ReadonlySet<string> = new Set([
  "AbortSignal.timeout",
  "Bun",
  "Date",
  "Deno",
  "EventSource",
  "Math.random",
  "WebSocket",
  "XMLHttpRequest",
  "clearImmediate",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "global",
  "globalThis",
  "navigator",
  "performance",
  "process",
  "require",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);

/** Values for which everybody outside platform and cli has a port. */
export const portedNames: ReadonlySet<string> = new Set([
  "AbortSignal.timeout",
  "Date",
  "Math.random",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "performance",
  "process",
  "require",
  "setInterval",
  "setTimeout",
]);
