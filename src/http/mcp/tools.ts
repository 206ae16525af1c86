import { z } from "@hono/zod-openapi";
import type { Right } from "../principals.ts";
import * as shapes from "../shapes/memory.ts";
import { sequelView } from "../shapes/memory-care.ts";
import type { Knowledge } from "./knowledge.ts";

/** One tool, its input checked: what it answers is the JSON of a route, and for people and models a text. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly right: Right;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** Takes what `input` accepted. */
  readonly run: (knowledge: Knowledge, input: unknown) => Promise<Answer>;
}

export interface Answer {
  readonly value: Readonly<Record<string, unknown>>;
  readonly text: string;
}

interface ToolOf<I extends z.ZodObject, O extends z.ZodObject> extends Pick<Tool, "name" | "title" | "description"> {
  readonly right: Right;
  readonly input: I;
  readonly output: O;
  readonly ask: (knowledge: Knowledge, input: z.infer<I>) => Promise<z.infer<O>>;
  /** As JSON unless told. */
  readonly tell?: (value: z.infer<O>) => string;
}

function tool<I extends z.ZodObject, O extends z.ZodObject>(of: ToolOf<I, O>): Tool {
  const { ask, tell = JSON.stringify, ...about } = of;
  return {
    ...about,
    run: async (knowledge, input) => {
      const value = await ask(knowledge, about.input.parse(input));
      return { value, text: tell(value) };
    },
  };
}

const key = z.string().min(1).max(256);
/** The signals behind a score, in words that JSON Schema has. */
const hits = shapes.memoryHits.extend({
  items: z.array(shapes.itemView.extend({ score: z.number(), explain: z.record(z.string(), z.unknown()).optional() })),
});

/** Every tool that an agent is offered; what it may not use is not shown to it. */
export const tools: readonly Tool[] = [
  tool({
    name: "memory_context",
    title: "What is known for a task",
    description:
      "Ask before you begin a task: lessons and notes that fit it, each cited by its key, within a budget of tokens.",
    right: "memory.read",
    input: shapes.contextInput.omit({ space: true }),
    output: shapes.contextView,
    ask: (knowledge, input) => knowledge.context(input),
    tell: ({ text, note }) =>
      [text === "" ? "Nothing is known about that." : text, ...(note ? [note] : [])].join("\n\n"),
  }),
  tool({
    name: "memory_query",
    title: "Search the memory",
    description:
      "Find lessons and notes by their meaning, best first. Give an error text or traceback as it is; `explain` adds the signals behind each score.",
    right: "memory.read",
    input: shapes.memoryQuery.omit({ space: true }),
    output: hits,
    ask: async (knowledge, input) => hits.parse(await knowledge.query(input)),
  }),
  tool({
    name: "memory_get",
    title: "Read one item",
    description: "Read one lesson or note, whole, by the key that another tool named.",
    right: "memory.read",
    input: z.strictObject({ key }),
    output: shapes.itemView,
    ask: (knowledge, input) => knowledge.get(input.key),
  }),
  tool({
    name: "memory_report",
    title: "Report what was learned",
    description:
      "Keep what you learned for later tasks: what happened, why, and what helped. It is stored in your own space, under the key you give or a fresh one; the same key again replaces it. It stays a note until the engine itself has verified it.",
    right: "memory.change",
    input: shapes.itemInput.omit({ space: true, confidence: true }),
    output: shapes.itemView,
    ask: (knowledge, input) => knowledge.store(input),
  }),
  tool({
    name: "memory_link",
    title: "Link two items",
    description:
      "Say how two items belong together: causes, fixes, contradicts, supports, supersedes, related_to or derived_from.",
    right: "memory.change",
    input: shapes.linkInput.omit({ space: true }),
    output: z.object({ linked: z.literal(true) }),
    async ask(knowledge, input) {
      await knowledge.link(input);
      return { linked: true as const };
    },
  }),
  tool({
    name: "memory_neighbours",
    title: "What an item is linked with",
    description: "Walk the links around an item, up to four steps: what it causes, what fixes it, what contradicts it.",
    right: "memory.read",
    input: z.strictObject({
      key,
      depth: z.number().int().min(1).max(4).default(1),
      relation: shapes.linkInput.shape.relation.optional(),
    }),
    output: shapes.graphView,
    ask: (knowledge, { key, depth, relation }) =>
      knowledge.neighbours(key, relation === undefined ? { depth } : { depth, relation }),
  }),
  tool({
    name: "memory_path",
    title: "The way between two items",
    description: "The shortest way along links from one item to another; empty when there is none.",
    right: "memory.read",
    input: shapes.pathInput.omit({ space: true }),
    output: shapes.graphView,
    ask: (knowledge, input) => knowledge.path(input),
  }),
  tool({
    name: "memory_sequel",
    title: "What follows a failure, and what fixed it",
    description:
      "For a failure, or a lesson about one, by its key or fingerprint: what usually came after it, what fixed it, and what was learned.",
    right: "memory.read",
    input: z.strictObject({ key }),
    output: sequelView,
    ask: (knowledge, input) => knowledge.sequel(input.key),
  }),
];
