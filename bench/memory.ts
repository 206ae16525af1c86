import path from "node:path";
import { performance } from "node:perf_hooks";
import type { MemoryPalace } from "../src/memory/palace.ts";
import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";
import { built } from "./built.ts";
import type { Figure, Reading } from "./figure.ts";
import { rounded, Samples, timed } from "./samples.ts";
import { openScratch } from "./scratch.ts";

const ITEMS = 10_000;
const QUERIES = 500;
const TOP = 5;

/** Words of the field; texts are drawn from them so that every query has many half-right answers. */
const vocabulary =
  `agent retry timeout queue upstream certificate permission disk memory cache token budget model prompt schema parser
  request response latency backoff breaker probe restart deploy config secret replica shard index cursor batch stream socket
  proxy gateway header payload checksum snapshot rollback migration cluster leader quorum heartbeat lease lock worker thread
  process signal kernel volume mount inode journal segment event trigger playbook lesson score window alert incident`.split(
    /\s+/,
  );

interface Text {
  readonly key: string;
  readonly content: string;
}

/** How long a question to a well filled memory takes. */
export async function* memory(): AsyncIterable<Figure> {
  await using scratch = await openScratch();
  const chance = new SeededEntropy(1);
  const texts = Array.from({ length: ITEMS }, (_, index) => ({ key: `item-${index}`, content: sentence(chance, 18) }));
  const questions = Array.from({ length: QUERIES }, () => sentence(chance, 6));
  const { MemoryPalace: palaces } = await built<typeof import("../src/index.ts")>("index.ts");
  await using palace = await palaces.open({ path: path.join(scratch.directory, "memory") });
  const storedMs = await timed(() => fill(palace, texts));
  const firstMs = await timed(() => palace.query(sentence(chance, 6), TOP));
  yield {
    figure: `memory.query.${ITEMS}_items`,
    measures: `questions of six words to ${ITEMS} items of 18 words in the JSON backend, ranked, the best ${TOP} with their scores`,
    unit: "ms",
    ours: await asking("aios", questions, (question) => palace.query(question, TOP), {
      note: `storing took ${rounded(storedMs / 1000)} s, the first question ${rounded(firstMs)} ms because the index was built for it`,
    }),
    bars: [],
    beside: [
      await asking("all texts split and compared for each question", questions, (question) => scan(texts, question)),
    ],
    notMeasured: "how good the answers are; other backends; writers at the same time",
  };
}

async function fill(palace: MemoryPalace, texts: readonly Text[]): Promise<void> {
  await Promise.all(texts.map(({ key, content }) => palace.store(key, content)));
}

async function asking(
  name: string,
  questions: readonly string[],
  ask: (question: string) => unknown,
  about: Pick<Reading, "note"> = {},
): Promise<Reading> {
  const samples = new Samples();
  for (const question of questions) {
    const from = performance.now();
    await ask(question);
    samples.add(performance.now() - from);
  }
  return { name, n: samples.count, spread: samples.spread(), ...about };
}

/** What one would write first. */
function scan(texts: readonly Text[], question: string): readonly Text[] {
  const wanted = question.split(/\W+/);
  const scored = texts.map((text) => {
    const words = new Set(text.content.split(/\W+/));
    return { text, score: wanted.filter((word) => words.has(word)).length };
  });
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, TOP)
    .map(({ text }) => text);
}

function sentence(chance: SeededEntropy, words: number): string {
  const word = () => vocabulary[Math.floor(chance.random() * vocabulary.length)] ?? "";
  return Array.from({ length: words }, word).join(" ");
}
