import path from "node:path";
import { performance } from "node:perf_hooks";
import MiniSearch from "minisearch";
import { silentLog } from "../src/kernel/log.ts";
import type { MemoryPalace } from "../src/memory/palace.ts";
import { systemClock } from "../src/platform/clock.ts";
import { nodeFiles } from "../src/platform/files.ts";
import { nodeModules } from "../src/platform/modules.ts";
import { nodeWeb } from "../src/platform/web.ts";
import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";
import { built } from "./built.ts";
import type { Figure, Reading } from "./figure.ts";
import { perSecond, rounded, Samples, timed } from "./samples.ts";
import { openScratch } from "./scratch.ts";
import { sentence } from "./sentence.ts";

const SIZES = [
  { items: 10_000, p95: 5 },
  { items: 100_000, p95: 30 },
] as const;
const QUERIES = 300;
/** What vectors may add to a question. */
const VECTORS_MS = 5;
/** Of the rivals, which take up to a second each. */
const FEW = 50;
const TOP = 5;
/** So many stores are begun at once. */
const BATCH = 1_000;
const REBUILD_MS = 10_000;
const STORES_PER_SECOND = 5_000;

interface Text {
  readonly key: string;
  readonly content: string;
}

/** How long questions to a well filled memory take, and what it takes to fill and to open one. */
export async function* memory(): AsyncIterable<Figure> {
  for (const size of SIZES) yield* memoryOf(size);
  yield await meant();
}

/** With an embedder that costs nothing: what searching its vectors costs. */
async function meant(): Promise<Figure> {
  const [{ items, p95 }] = SIZES;
  await using scratch = await openScratch();
  const { createEngine } = await built<typeof import("../src/index.ts")>("index.ts");
  const embedder = path.join(import.meta.dirname, "hashed-embedder.mjs");
  const config = { dataDir: scratch.directory, log: { level: "error" }, memory: { embedder } } as const;
  await using engine = await createEngine({ config });
  const palace = engine.memory;
  const chance = new SeededEntropy(1);
  const texts = Array.from({ length: items }, (_, index) => ({ key: `item-${index}`, content: sentence(chance, 18) }));
  for (let at = 0; at < items; at += BATCH) await fill(palace, texts.slice(at, at + BATCH));
  const { state, lacking } = await palace.embedder.settled();
  if (state !== "ready" || lacking !== 0)
    throw new Error(`the embedder is ${state}, ${lacking ?? "?"} items lack vectors`);
  const questions = Array.from({ length: QUERIES }, () => sentence(chance, 6));
  await palace.query(sentence(chance, 6), TOP);
  return {
    figure: `memory.query_with_vectors.${items}_items`,
    measures: `questions of six words to ${items} items of 18 words that have a vector of 384 numbers each, ranked by words and meaning`,
    unit: "ms",
    ours: await asking("aios", questions, (question) => palace.query(question, TOP)),
    bars: [{ of: "p95", must: "at most", limit: p95 + VECTORS_MS }],
    beside: [
      await asking(
        "aios, after a write each",
        questions,
        (question) => palace.query(question, TOP),
        writing(palace, texts, chance),
      ),
      ...(await embedding(questions)),
    ],
    notMeasured:
      "the embedder, whose vectors cost nothing here: a question takes as long again as its own takes, see beside",
  };
}

/** What a real model adds to each question; nothing where none was prepared. */
async function embedding(questions: readonly string[]): Promise<readonly Reading[]> {
  const models = process.env["AIOS_MODEL_DIR"];
  if (models === undefined) return [];
  const { transformers } = await built<typeof import("../src/memory/embedders/transformers.ts")>(
    "memory/embedders/transformers.ts",
  );
  const ports = {
    clock: systemClock,
    files: nodeFiles,
    log: silentLog,
    web: nodeWeb,
    modules: nodeModules(process.cwd()),
    models,
  };
  const embedder = await transformers.open?.({}, ports);
  if (embedder === undefined) return [];
  await embedder.embed(questions.slice(0, 1), "question");
  const name = `a question embedded by ${embedder.model.name}, ${embedder.model.dtype}`;
  const reading = await asking(name, questions, (question) => embedder.embed([question], "question"));
  await embedder.close?.();
  return [reading];
}

async function* memoryOf({ items, p95 }: (typeof SIZES)[number]): AsyncIterable<Figure> {
  await using scratch = await openScratch();
  const directory = path.join(scratch.directory, "memory");
  const chance = new SeededEntropy(1);
  const texts = Array.from({ length: items }, (_, index) => ({ key: `item-${index}`, content: sentence(chance, 18) }));
  const questions = Array.from({ length: QUERIES }, () => sentence(chance, 6));
  const { MemoryPalace: palaces } = await built<typeof import("../src/index.ts")>("index.ts");
  yield await storing(await palaces.open({ path: directory }), texts);
  const openedMs = performance.now();
  await using palace = await palaces.open({ path: directory });
  const openMs = performance.now() - openedMs;
  const firstMs = await timed(() => palace.query(sentence(chance, 6), TOP));
  const few = questions.slice(0, FEW);
  const mini = await indexed(texts);
  yield {
    figure: `memory.rebuild.${items}_items`,
    measures: `a memory of ${items} items of 18 words opened from its files and asked for the first time, for which everything is indexed`,
    unit: "ms",
    ours: {
      name: "aios",
      n: 1,
      value: rounded(openMs + firstMs),
      note: `reading the files ${rounded(openMs)} ms of it`,
    },
    bars: items === 100_000 ? [{ of: "value", must: "at most", limit: REBUILD_MS }] : [],
    beside: [{ name: "MiniSearch, defaults, from texts in memory", n: 1, value: rounded(mini.ms) }],
    notMeasured: "longer texts; vectors",
  };
  yield {
    figure: `memory.query.${items}_items`,
    measures: `questions of six words to ${items} items of 18 words in the JSON backend, ranked, the best ${TOP} with their scores`,
    unit: "ms",
    ours: await asking("aios", questions, (question) => palace.query(question, TOP)),
    bars: [{ of: "p95", must: "at most", limit: p95 }],
    beside: [
      await asking("MiniSearch, defaults", few, (question) => mini.index.search(question).slice(0, TOP)),
      await asking("substring, any word", few, (question) => scan(texts, question)),
    ],
    notMeasured: "how good the answers are; other backends; writers at the same time",
  };
  yield {
    figure: `memory.query_after_write.${items}_items`,
    measures: `the same questions, each right after an item was stored, a new one or another text under a key that was there`,
    unit: "ms",
    ours: await asking("aios", questions, (question) => palace.query(question, TOP), writing(palace, texts, chance)),
    bars: [{ of: "p95", must: "at most", limit: p95 }],
    beside: [await asking("aios, nothing written between", questions, (question) => palace.query(question, TOP))],
    notMeasured: "the writes; several processes",
  };
}

/** Stores one item each time it is called. */
function writing(palace: MemoryPalace, texts: readonly Text[], chance: SeededEntropy): () => Promise<unknown> {
  let written = 0;
  return () => {
    written += 1;
    const key = written % 2 === 0 ? `new-${written}` : (texts[written]?.key ?? "item-0");
    return palace.store(key, sentence(chance, 18));
  };
}

/** Closes the palace. */
async function storing(palace: MemoryPalace, texts: readonly Text[]): Promise<Figure> {
  const elapsedMs = await timed(async () => {
    for (let at = 0; at < texts.length; at += BATCH) await fill(palace, texts.slice(at, at + BATCH));
  });
  await palace.close();
  return {
    figure: `memory.store.${texts.length}_items`,
    measures: `items of 18 words stored in the JSON backend, ${BATCH} at once, each confirmed once it is flushed`,
    unit: "items/s",
    ours: { name: "aios", n: texts.length, perSecond: perSecond(texts.length, elapsedMs) },
    bars: [{ of: "perSecond", must: "at least", limit: STORES_PER_SECOND }],
    beside: [],
    notMeasured: "one after the other; several processes",
  };
}

async function fill(palace: MemoryPalace, texts: readonly Text[]): Promise<void> {
  await Promise.all(texts.map(({ key, content }) => palace.store(key, content)));
}

async function indexed(texts: readonly Text[]): Promise<{ readonly index: MiniSearch<Text>; readonly ms: number }> {
  const index = new MiniSearch<Text>({ idField: "key", fields: ["content"] });
  const ms = await timed(() => index.addAll(texts));
  return { index, ms };
}

async function asking(
  name: string,
  questions: readonly string[],
  ask: (question: string) => unknown,
  before: () => unknown = () => undefined,
): Promise<Reading> {
  const samples = new Samples();
  for (const question of questions) {
    await before();
    const from = performance.now();
    await ask(question);
    samples.add(performance.now() - from);
  }
  return { name, n: samples.count, spread: samples.spread() };
}

/** What one would write first. */
function scan(texts: readonly Text[], question: string): readonly Text[] {
  const wanted = question.split(" ");
  const scored = texts.map((text) => ({ text, score: wanted.filter((word) => text.content.includes(word)).length }));
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, TOP)
    .map(({ text }) => text);
}
