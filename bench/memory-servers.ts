import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { text as textOf } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { MemoryPalace } from "../src/memory/palace.ts";
import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";
import type { Figure } from "./figure.ts";
import { type BenchServer, chromaServer, neo4jServer, type Sent } from "./memory-server.ts";
import { rounded, Samples, timed } from "./samples.ts";
import { sentence } from "./sentence.ts";

/** `AIOS_BENCH_ITEMS` makes them fewer; the bars are for all of them. */
const ITEMS = Number(process.env["AIOS_BENCH_ITEMS"] ?? 100_000);
/** So many stores are begun at once. */
const BATCH = 1_000;
const WARM_UP = 30;
const QUERIES = 200;
const TOP = 10;
const MOST_GROWTH_MIB = 50;

/** What the engine adds to a search on a server, and what it holds of a memory that is there. Needs real servers. */
export async function* memoryServers(): AsyncIterable<Figure> {
  for (const server of [await chromaServer(), await neo4jServer()]) {
    await using _closing = server;
    yield* figuresOf(server);
  }
}

async function* figuresOf(server: BenchServer): AsyncIterable<Figure> {
  await server.empty();
  const before = await residentWith(server);
  const chance = new SeededEntropy(1);
  const fillMs = await filled(server, chance);
  const after = await residentWith(server);
  yield {
    figure: `memory_servers.${server.name}.rss.${ITEMS}_items`,
    measures: `resident memory that a process with a memory on ${server.name} has after ${QUERIES} questions to ${ITEMS} items of 18 words, each with a name that no other has, more than after the same questions to an empty one; each in a process of its own, nothing collected on purpose`,
    unit: "MiB",
    ours: {
      name: "aios",
      n: 1,
      value: rounded(after.residentMiB - before.residentMiB),
      note: `${rounded(before.residentMiB)} empty, ${rounded(after.residentMiB)} full; at its highest ${rounded(before.peakMiB)} and ${rounded(after.peakMiB)}; filled in ${Math.round(fillMs / 1000)} s`,
    },
    bars: [{ of: "value", must: "at most", limit: MOST_GROWTH_MIB }],
    beside: [],
    notMeasured: "vectors of an embedder; longer texts; memory of the server",
  };
  yield await searching(server, chance);
}

/** Each question is asked through the engine, and what that sent to search with is then sent by the bare client. */
async function searching(server: BenchServer, chance: SeededEntropy): Promise<Figure> {
  const sent: Sent[] = [];
  await using palace = await server.open((request, parameters) => {
    if (server.isSearch(request)) sent.push({ request, parameters });
  });
  const ours = new Samples();
  const bare = new Samples();
  for (let n = 0; n < WARM_UP + QUERIES; n += 1) {
    sent.length = 0;
    const question = sentence(chance, 6);
    const oursMs = await timed(() => palace.query(question, TOP));
    const searches = [...sent];
    if (searches.length === 0) throw new Error(`nothing was searched on ${server.name}`);
    const bareMs = await timed(() => Promise.all(searches.map((one) => server.bare(one))));
    if (n < WARM_UP) continue;
    ours.add(oursMs);
    bare.add(bareMs);
  }
  const [spread, rival] = [ours.spread(), bare.spread()];
  return {
    figure: `memory_servers.${server.name}.query.${ITEMS}_items`,
    measures: `questions of six words to ${ITEMS} items on ${server.name}, ranked, the best ${TOP}; beside it the very same search, as many candidates with all they hold, by the bare client, in turn`,
    unit: "ms",
    ours: { name: "aios", n: ours.count, spread },
    bars: [
      { of: "p50", must: "at most", limit: rounded(2 * rival.p50) },
      { of: "p95", must: "at most", limit: rounded(2 * rival.p95) },
    ],
    beside: [{ name: server.client, n: bare.count, spread: rival }],
    notMeasured: "the first question, which counts terms; vectors of an embedder; several at once",
  };
}

async function filled(server: BenchServer, chance: SeededEntropy): Promise<number> {
  await using palace = await server.open();
  const from = performance.now();
  for (let at = 0; at < ITEMS; at += BATCH)
    await Promise.all(Array.from({ length: BATCH }, (_, n) => store(palace, at + n, chance)));
  return performance.now() - from;
}

function store(palace: MemoryPalace, n: number, chance: SeededEntropy): Promise<unknown> {
  const name = Math.floor(chance.random() * 2 ** 40).toString(36);
  return palace.store(`item-${String(n)}`, `${sentence(chance, 17)} ${name}`);
}

async function residentWith({
  name,
}: BenchServer): Promise<{ readonly residentMiB: number; readonly peakMiB: number }> {
  const program = path.join(path.dirname(fileURLToPath(import.meta.url)), "memory-server-resident.ts");
  const child = spawn(process.execPath, [...process.execArgv, program, name, String(QUERIES)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const said = await textOf(child.stdout);
  const [code] = (await exit) as [number | null];
  if (code !== 0) throw new Error(`the process with a memory on ${name} ended with ${String(code)}`);
  return JSON.parse(said) as { readonly residentMiB: number; readonly peakMiB: number };
}
