// The agent of `aios prove`. It knows its work, the names of its tools (from its configuration) and the advice that comes
// with a task: not what is broken, not what the memory holds, not whether it is being compared with anything.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "../agents/protocol.mjs";
import { tools } from "./tools.mjs";
import { work } from "./work.mjs";

const { values } = parseArgs({ options: { tools: { type: "string" }, seed: { type: "string" } } });
const names = (values.tools ?? "").split(",").filter((name) => Object.hasOwn(tools, name));

/** From this attempt on advice that did not help is left aside. */
const DOUBTS_FROM = 3;

await serve(async ({ input: { job }, attempt, advice = [] }) => {
  try {
    return { result: await work(job), used: null };
  } catch (failure) {
    const tool = (attempt < DOUBTS_FROM ? advised(advice, failure.message) : undefined) ?? guessed(job, attempt);
    if (tool === undefined) throw failure;
    // A tool that does not fit the job fails; the work says then what is still wrong.
    await tools[tool](job).catch(() => undefined);
    return { result: await work(job), used: tool };
  }
});

/** The tool that is named by the lesson about such a failure. */
function advised(advice, message) {
  const [best] = advice
    .map((lesson) => ({ lesson, fit: likeness(lesson.title, message) }))
    .filter(({ fit }) => fit >= 0.6)
    .sort((a, b) => b.fit - a.fit);
  return best && names.find((name) => best.lesson.content.includes(name));
}

/** Share of a lesson's words that the message has. */
function likeness(title, message) {
  const words = wordsOf(title.replace(/<[^>]*>/g, " "));
  const found = new Set(wordsOf(message));
  return words.length === 0 ? 0 : words.filter((word) => found.has(word)).length / words.length;
}

function wordsOf(text) {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}

/** Whoever is not told what helps tries one tool after the other, in an order of his own for each job. */
function guessed(job, attempt) {
  const rank = (name) =>
    createHash("sha256")
      .update(`${values.seed}/${basename(job)}/${name}`)
      .digest("hex");
  return [...names].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[attempt - 2];
}
