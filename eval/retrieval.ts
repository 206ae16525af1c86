import path from "node:path";
import type { MemoryPalace } from "../src/memory/palace.ts";
import type { Choice, Evaluation } from "./evaluation.ts";
import { EvalFault } from "./fault.ts";
import { type Bar, type Metric, rounded } from "./metric.ts";
import { ndcg } from "./ndcg.ts";
import { type Find, miniSearch, substringSearch } from "./retrieval-rivals.ts";
import { openMemory } from "./retrieval-room.ts";
import { type Question, type RetrievalSet, setsIn } from "./retrieval-sets.ts";
import { withTypos } from "./typos.ts";

const TOP = 10;
const SEEDS = [1, 2, 3, 4, 5];

/** What the sets of that name have to reach, without a model and with one; misspelt where that is asked. */
const bars: Readonly<Record<string, { readonly none?: number; readonly model?: number; readonly typos?: number }>> = {
  "friendly-traceback": { none: 0.42, model: 0.5 },
  "runbooks-kube": { none: 0.92, model: 0.93 },
  "xquad-en": { none: 0.98, model: 0.985, typos: 0.9 },
  "xquad-zh": { none: 0.97, model: 0.98 },
};

interface Answer {
  readonly query: string;
  readonly answers: readonly { readonly key: string; readonly score: number }[];
}

/** Asks every set's questions of a memory that holds its documents and nothing else. */
export const retrieval: Evaluation = async function* (data, out, choice = {}) {
  for (const set of setsIn(data)) {
    await using memory = await openMemory(choice);
    await fill(memory.palace, set);
    const answers = await ask(memory.palace, set.questions);
    out.lines(path.posix.join(set.name, "run.tsv"), answers.flatMap(runLines));
    yield measured(set, answers, choice);
    const typos = bars[set.name]?.typos;
    if (typos !== undefined) yield await misspelt(memory.palace, set, typos);
  }
};

export function runLines({ query, answers }: Answer): readonly string[] {
  return answers.map(({ key, score }, index) => [query, key, index + 1, rounded(score)].join("\t"));
}

async function fill(palace: MemoryPalace, { documents }: RetrievalSet): Promise<void> {
  await Promise.all(
    documents.map(({ id, title, text }) => palace.store(id, { content: text, ...(title === "" ? {} : { title }) })),
  );
  const { state, why = "" } = await palace.embedder.settled();
  if (state !== "off" && state !== "ready") throw new EvalFault("data", `the embedder is ${state}: ${why}`);
}

async function ask(palace: MemoryPalace, questions: readonly Question[]): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const { id, text } of questions) answers.push({ query: id, answers: (await palace.query(text, TOP)).items });
  return answers;
}

function measured(set: RetrievalSet, answers: readonly Answer[], { embedder = "none" }: Choice): Metric {
  const limit = bars[set.name]?.[embedder === "none" ? "none" : "model"];
  return {
    metric: `ndcg_at_10.${set.name || "here"}`,
    value: mean(set, (_, index) => answers[index]?.answers.map(({ key }) => key) ?? []),
    n: set.questions.length,
    ...barAt(limit),
    beside: beside(set, (text) => text),
  };
}

async function misspelt(palace: MemoryPalace, set: RetrievalSet, limit: number): Promise<Metric> {
  const runs = [];
  for (const seed of SEEDS) {
    const questions = set.questions.map(({ id, text }) => ({ id, text: withTypos(text, seed) }));
    const answers = await ask(palace, questions);
    const value = mean(set, (_, index) => answers[index]?.answers.map(({ key }) => key) ?? []);
    runs.push({ seed, value });
  }
  const worst = runs.reduce((least, run) => ((run.value ?? 0) < (least.value ?? 0) ? run : least));
  return {
    metric: `ndcg_at_10.typos.${set.name}`,
    value: worst.value,
    n: SEEDS.length * set.questions.length,
    ...barAt(limit),
    beside: beside(set, (text) => withTypos(text, worst.seed)),
    note: `the worst of seeds ${SEEDS.join(", ")}, which is ${String(worst.seed)}; the others on that one`,
  };
}

function barAt(limit: number | undefined): { readonly bar?: Bar } {
  return limit === undefined ? {} : { bar: { must: "at least", limit } };
}

function beside(set: RetrievalSet, written: (text: string) => string) {
  const scored = (name: string, find: Find) => ({ name, value: mean(set, ({ text }) => find(written(text))) });
  return [
    scored("substring, any word", substringSearch(set.documents)),
    scored("MiniSearch, defaults", miniSearch(set.documents)),
  ];
}

function mean(set: RetrievalSet, answersOf: (question: Question, index: number) => readonly string[]): number | null {
  const judged = set.questions
    .map((question, index) => ({ question, index }))
    .filter(({ question }) => set.grades.has(question.id));
  if (judged.length === 0) return null;
  const sum = judged.reduce(
    (total, { question, index }) => total + ndcg(answersOf(question, index), set.grades.get(question.id) ?? new Map()),
    0,
  );
  return rounded(sum / judged.length);
}
