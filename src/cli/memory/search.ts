import { connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { readTextInput, TEXT_SAYS } from "../input.ts";
import { bullets, section } from "../table.ts";
import { plain } from "../terminal.ts";
import { levels, sayHits, spaceOption, tiers } from "./memory-text.ts";

export const query: Command = {
  name: "query",
  summary: "Find what fits a text, best first",
  operands: [{ name: "TEXT", says: TEXT_SAYS }],
  options: {
    top: { type: "string", value: "K", says: "at most so many, up to 100" },
    category: { type: "string", value: "NAME", says: "only this category" },
    tag: { type: "string", value: "NAME", multiple: true, says: "only with this tag" },
    level: { type: "string", value: "LEVEL", says: levels.join(", ") },
    kind: { type: "string", value: "KIND", says: "only this kind, for example lesson" },
    tier: { type: "string", value: "TIER", says: `only ${tiers.join(", ")} (all but the archive)` },
    "as-of": { type: "string", value: "MOMENT", says: "what held then, for example 2026-02-24 (now)" },
    explain: { type: "boolean", says: "say why each item stands where it stands" },
    space: spaceOption,
  },
  examples: [
    `aios memory query "the feed refuses calls"`,
    "aios memory query @error.txt --kind lesson --explain",
    `aios memory query "feed limit" --as-of 2026-02-24`,
  ],
  run: queryItems,
};

export const context: Command = {
  name: "context",
  summary: "Put together what is worth knowing for a task, within a budget",
  operands: [{ name: "TASK", says: `what the task is: ${TEXT_SAYS}` }],
  options: { budget: { type: "string", value: "TOKENS", says: "at most so many tokens" }, space: spaceOption },
  notes: ["Prints the text itself, ready to be handed to an agent."],
  examples: [`aios memory context "summarise the feed" --budget 500`],
  run: contextFor,
};

async function queryItems(call: Call): Promise<number> {
  const { given } = call;
  const filter = {
    category: given.text("category"),
    tags: given.has("tag") ? [...given.texts("tag")] : undefined,
    level: given.oneOf("level", levels),
    kind: given.text("kind"),
    tier: given.oneOf("tier", tiers),
  };
  const wishes = {
    topK: given.count("top", 1),
    asOf: given.momentMs("as-of"),
    explain: given.flag("explain") ? true : undefined,
    space: given.text("space"),
  };
  const text = await readTextInput(call, given.operand("TEXT"));
  const { api } = await connect(call);
  const hits = await read(api.memory.query.$post({ json: { ...wishes, text, filter } }));
  return tell(call, hits, () => sayHits(hits, call.terminal.paint));
}

async function contextFor(call: Call): Promise<number> {
  const { given, terminal } = call;
  const wishes = { budgetTokens: given.count("budget", 1), space: given.text("space") };
  const task = await readTextInput(call, given.operand("TASK"));
  const { api } = await connect(call);
  const found = await read(api.memory.context.$post({ json: { ...wishes, task } }));
  const { items, tokens } = found;
  const from = section(`${tokens} tokens from`, bullets(items), terminal.paint);
  if (!call.json) terminal.err(items.length === 0 ? "Nothing is known about that.\n" : `${from}\n`);
  return tell(call, found, () => found.text.split("\n").map(plain).join("\n"));
}
