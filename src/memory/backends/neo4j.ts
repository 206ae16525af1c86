import { z } from "zod";
import { ServerBackend } from "../server/backend.ts";
import { backendKind } from "./kind.ts";
import { neo4jServer } from "./neo4j/options.ts";
import { Neo4jStore } from "./neo4j/store.ts";

/** `path` is the directory of the writes that wait while the server is away. */
const options = neo4jServer.extend({ path: z.string().min(1).optional() });

/** Memory as a graph on a Neo4j server. */
export const neo4j = backendKind({
  name: "neo4j",
  options,
  open: ({ path, ...server }, ports) =>
    ServerBackend.open(
      {
        name: "neo4j",
        store: new Neo4jStore(server, ports.trace),
        shared: true,
        patience: { timeoutMs: server.timeoutMs, attempts: 3 },
        outboxDirectory: path,
      },
      ports,
    ),
});
