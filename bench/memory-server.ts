import { ChromaClient } from "chromadb";
import neo4j from "neo4j-driver";
import type { MemoryPalace } from "../src/memory/palace.ts";
import { built } from "./built.ts";

export interface Sent {
  readonly request: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type Trace = (request: string, parameters: Readonly<Record<string, unknown>>) => void;

/** A real server, as the engine reaches it and as its own client does. */
export interface BenchServer extends AsyncDisposable {
  readonly name: "chroma" | "neo4j";
  /** The client of its makers. */
  readonly client: string;
  open(trace?: Trace): Promise<MemoryPalace>;
  empty(): Promise<void>;
  isSearch(request: string): boolean;
  /** What the engine sent, by the bare client. */
  bare(sent: Sent): Promise<unknown>;
}

/** Long: a server that is being filled is not away. */
const timeoutMs = 120_000;
const COLLECTION = "aios-bench";

export async function chromaServer(): Promise<BenchServer> {
  const url = given("AIOS_SERVICE_CHROMA");
  const { hostname, port } = new URL(url);
  const client = new ChromaClient({ host: hostname, port: Number(port) });
  const named = async () => (await client.listCollections({ limit: 1_000 })).map(({ name }) => name);
  return {
    name: "chroma",
    client: "chromadb",
    open: (trace) => palaceOn("chroma", { url, timeoutMs, collection: COLLECTION }, trace),
    async empty() {
      for (const name of await named()) if (name.startsWith(COLLECTION)) await client.deleteCollection({ name });
    },
    isSearch: (request) => request === "query",
    async bare({ parameters }) {
      const { queryEmbeddings, nResults } = parameters as { queryEmbeddings: number[][]; nResults: number };
      const collection = await searched(client);
      return collection.query({ queryEmbeddings, nResults, include: ["metadatas"] });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

let known: ReturnType<ChromaClient["getCollection"]> | undefined;
/** Asked for once, as anybody would. */
function searched(client: ChromaClient): ReturnType<ChromaClient["getCollection"]> {
  known ??= client.getCollection({ name: COLLECTION });
  return known;
}

export async function neo4jServer(): Promise<BenchServer> {
  const url = given("AIOS_SERVICE_NEO4J");
  const driver = neo4j.driver(url, undefined, { disableLosslessIntegers: true });
  const run = (request: string, parameters = {}) => driver.executeQuery(request, parameters, { database: "neo4j" });
  return {
    name: "neo4j",
    client: "neo4j-driver",
    open: (trace) => palaceOn("neo4j", { url, timeoutMs }, trace),
    async empty() {
      for (let left = 1; left > 0; ) {
        const { records } = await run("MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*) AS gone");
        left = Number(records[0]?.get("gone") ?? 0);
      }
    },
    isSearch: (request) => request.includes("db.index.fulltext.queryNodes"),
    bare: ({ request, parameters }) => run(request, parameters),
    [Symbol.asyncDispose]: () => driver.close(),
  };
}

async function palaceOn(name: "chroma" | "neo4j", options: object, trace: Trace = () => undefined) {
  const { backends } = await built<typeof import("../src/memory/backends/index.ts")>("memory/backends/index.ts");
  const { MemoryPalace } = await built<typeof import("../src/memory/palace.ts")>("memory/palace.ts");
  const { systemClock } = await built<typeof import("../src/platform/clock.ts")>("platform/clock.ts");
  const { nodeFiles } = await built<typeof import("../src/platform/files.ts")>("platform/files.ts");
  const { nodeFileLocks } = await built<typeof import("../src/platform/file-lock.ts")>("platform/file-lock.ts");
  const { silentLog } = await built<typeof import("../src/kernel/log.ts")>("kernel/log.ts");
  const ports = { clock: systemClock, files: nodeFiles, locks: nodeFileLocks(systemClock), log: silentLog, trace };
  return MemoryPalace.over(await backends[name].open(options, ports), systemClock);
}

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: run it as \`npm run services -- run npm run bench -- memory-servers\``);
  return value;
}
