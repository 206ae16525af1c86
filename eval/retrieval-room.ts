import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ChromaClient } from "chromadb";
import { configure } from "../src/config/configure.ts";
import { memoryEmbedder, memoryPlaces } from "../src/config/memory-places.ts";
import { AiosError } from "../src/kernel/errors.ts";
import { silentLog } from "../src/kernel/log.ts";
import { openMovable } from "../src/memory/open.ts";
import type { MemoryPalace } from "../src/memory/palace.ts";
import { systemClock } from "../src/platform/clock.ts";
import { nodeFileLocks } from "../src/platform/file-lock.ts";
import { nodeFiles } from "../src/platform/files.ts";
import { nodeHash } from "../src/platform/hash.ts";
import { nodeModules } from "../src/platform/modules.ts";
import { nodeWeb } from "../src/platform/web.ts";
import type { Choice } from "./evaluation.ts";
import { EvalFault } from "./fault.ts";

let rooms = 0;

/** An empty memory as the engine opens it; what is stored there goes with it, also on a server. */
export async function openMemory({
  backend,
  embedder,
}: Choice): Promise<AsyncDisposable & { readonly palace: MemoryPalace }> {
  rooms += 1;
  const collection = `aios-eval-${String(process.pid)}-${String(Date.now())}-${String(rooms)}`;
  const servers = serversOf(collection);
  const directory = await mkdtemp(path.join(tmpdir(), "aios-eval-"));
  const leave = () => rm(directory, { recursive: true, force: true });
  const memory = {
    ...servers,
    ...(backend === undefined ? {} : { backend }),
    ...(embedder === undefined ? {} : { embedder }),
  };
  try {
    const file = { path: "--backend, --embedder", content: { memory } };
    const { config } = configure({ file, env: { AIOS_MODEL_DIR: preparedModels(), ...process.env } });
    const ports = {
      clock: systemClock,
      files: nodeFiles,
      locks: nodeFileLocks(systemClock),
      hash: nodeHash,
      log: silentLog,
    };
    const outside = { ...ports, web: nodeWeb, modules: nodeModules(process.cwd()) };
    const places = { ...memoryPlaces(config, directory), embedder: await memoryEmbedder(config, directory, outside) };
    const palace = await openMovable(places, ports);
    const close = async () => {
      if (backend === "neo4j") await forgetAll(palace);
      await palace.close();
      if (backend === "chroma") await dropCollections(config.memory.chroma.url, collection);
      await leave();
    };
    await demandEmpty(palace, leave);
    return { palace, [Symbol.asyncDispose]: close };
  } catch (failure) {
    await leave();
    if (failure instanceof AiosError) throw new EvalFault("usage", failure.message);
    throw failure;
  }
}

/** The servers of `npm run services -- run`, and otherwise those of the defaults. */
function serversOf(collection: string) {
  const { AIOS_SERVICE_CHROMA: chroma, AIOS_SERVICE_NEO4J: neo4j } = process.env;
  // A server that shares its machine with a sentence model takes its time.
  const timeoutMs = 60_000;
  return {
    chroma: { collection, timeoutMs, ...(chroma === undefined ? {} : { url: chroma }) },
    neo4j: { timeoutMs, ...(neo4j === undefined ? {} : { url: neo4j }) },
  };
}

/** What a memory holds already would be among the answers, and is not ours to take away. */
async function demandEmpty(palace: MemoryPalace, leave: () => Promise<void>): Promise<void> {
  const health = palace.health();
  const items = health.state === "ready" ? await palace.list() : [];
  if (health.state === "ready" && items.length === 0) return;
  await palace.close();
  await leave();
  if (health.state === "degraded") throw new EvalFault("data", health.why);
  throw new EvalFault("data", `the memory holds ${String(items.length)} items: the evaluation needs an empty one`);
}

async function forgetAll(palace: MemoryPalace): Promise<void> {
  const items = await palace.list();
  await Promise.all(items.map(({ key }) => palace.forget(key)));
}

async function dropCollections(url: string, prefix: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const client = new ChromaClient({ host: hostname, port: Number(port) });
  const collections = await client.listCollections({ limit: 1_000 });
  for (const { name } of collections) if (name.startsWith(prefix)) await client.deleteCollection({ name });
}

/** Where `npm run services -- install model` puts the model, when it did. */
function preparedModels(): string | undefined {
  const services = process.env["AIOS_SERVICES_DIR"] ?? path.resolve(import.meta.dirname, "../.services");
  const models = path.join(services, "models");
  return existsSync(models) ? models : undefined;
}
