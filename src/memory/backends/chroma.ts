import { z } from "zod";
import { ServerBackend } from "../server/backend.ts";
import { chromaServer } from "./chroma/options.ts";
import { ChromaStore } from "./chroma/store.ts";
import { backendKind } from "./kind.ts";

/** `path` is the directory of the writes that wait while the server is away. */
const options = chromaServer.extend({ path: z.string().min(1).optional() });

/** Memory in collections of a Chroma server. */
export const chroma = backendKind({
  name: "chroma",
  options,
  open: ({ path, timeoutMs, ...server }, ports) =>
    ServerBackend.open(
      {
        name: "chroma",
        store: new ChromaStore(server, ports.trace),
        shared: false,
        patience: { timeoutMs, attempts: 3 },
        outboxDirectory: path,
      },
      ports,
    ),
});
