import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ChromaClient } from "chromadb";
import neo4j from "neo4j-driver";
import type { MemoryBackend } from "../../../src/memory/backend.ts";
import { backends } from "../../../src/memory/backends/index.ts";
import type { MemoryPorts } from "../../../src/memory/backends/kind.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { chromaUrl, neo4jUrl } from "./servers.ts";

/** A memory that is empty at first: `open` gives a backend over it, each time the same memory. */
export interface TestStore {
  open(ports?: MemoryPorts): Promise<MemoryBackend>;
  dispose(): Promise<void>;
}

export type StoreName = "volatile" | "json" | "chroma" | "neo4j";

let made = 0;

const makers: Record<StoreName, () => Promise<TestStore>> = {
  async volatile() {
    const backend = await backends.volatile.open({}, memoryPorts());
    return { open: () => Promise.resolve(backend), dispose: () => backend.close() };
  },
  async json() {
    const directory = await mkdtemp(path.join(tmpdir(), "aios-test-"));
    return {
      open: (ports = memoryPorts()) => backends.json.open({ path: directory }, ports),
      dispose: () => rm(directory, { recursive: true, force: true }),
    };
  },
  async chroma() {
    made += 1;
    const collection = `test-${String(process.pid)}-${String(Date.now())}-${String(made)}`;
    return {
      open: (ports = memoryPorts()) => backends.chroma.open({ url: chromaUrl(), collection }, ports),
      dispose: () => dropCollections(collection),
    };
  },
  async neo4j() {
    await emptyNeo4j();
    return {
      open: (ports = memoryPorts()) => backends.neo4j.open({ url: neo4jUrl() }, ports),
      dispose: () => Promise.resolve(),
    };
  },
};

export const storeNames = Object.keys(makers) as readonly StoreName[];

export function makeStore(name: StoreName): Promise<TestStore> {
  return makers[name]();
}

export async function dropCollections(name: string): Promise<void> {
  const { hostname, port } = new URL(chromaUrl());
  const client = new ChromaClient({ host: hostname, port: Number(port) });
  const made = (await client.listCollections({ limit: 1_000 })).map((collection) => collection.name);
  for (const collection of made.filter((one) => one.startsWith(name)))
    await client.deleteCollection({ name: collection });
}

export async function emptyNeo4j(): Promise<void> {
  const driver = neo4j.driver(neo4jUrl());
  try {
    await driver.executeQuery("MATCH (n) DETACH DELETE n", {}, { database: "neo4j" });
  } finally {
    await driver.close();
  }
}
