import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { readTextInput, TEXT_SAYS } from "../input.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { plain } from "../terminal.ts";
import { itemColumns, sayItem, spaceOption, tierOptions, tiers } from "./memory-text.ts";

const keyOperand = { name: "KEY", says: "the item's key" } as const;

export const store: Command = {
  name: "store",
  summary: "Store an item; storing the same key again replaces it",
  operands: [{ name: "CONTENT", says: TEXT_SAYS }],
  options: {
    key: { type: "string", value: "KEY", says: "the key (a fresh one)" },
    title: { type: "string", value: "TEXT", says: "its title" },
    category: { type: "string", value: "NAME", says: "its category" },
    tag: { type: "string", value: "NAME", multiple: true, says: "a tag" },
    confidence: { type: "string", value: "0..1", says: "how sure it is" },
    kind: { type: "string", value: "KIND", says: "what it is in the graph (memory)" },
    avoid: { type: "boolean", says: "it says what to avoid" },
    ...tierOptions,
    space: spaceOption,
  },
  examples: [
    `aios memory store "The feed has a limit of 60 calls a minute" --key feed-limit --tag feed`,
    "aios memory store @notes.md --title Notes --space agent:coder",
  ],
  run: storeItem,
};

export const change: Command = {
  name: "change",
  summary: "Change an item; what is left out stays",
  operands: [keyOperand],
  options: {
    content: { type: "string", value: "CONTENT", says: TEXT_SAYS },
    title: { type: "string", value: "TEXT", says: "its title" },
    category: { type: "string", value: "NAME", says: "its category" },
    ...tierOptions,
    space: spaceOption,
  },
  examples: ["aios memory change feed-limit --valid-to 2026-03-01", "aios memory change scratch --tier archive"],
  run: changeItem,
};

export const get: Command = {
  name: "get",
  summary: "Print one item",
  operands: [keyOperand],
  options: { space: spaceOption },
  examples: ["aios memory get feed-limit"],
  run: getItem,
};

export const list: Command = {
  name: "list",
  summary: "List the items that may be seen",
  options: { space: spaceOption, limit: limitOption },
  examples: ["aios memory", "aios memory list --space agent:coder --json"],
  run: listItems,
};

export const forget: Command = {
  name: "forget",
  summary: "Forget an item: its content is gone from every file",
  operands: [keyOperand],
  options: { space: spaceOption },
  examples: ["aios memory forget feed-limit"],
  run: forgetItem,
};

async function storeItem(call: Call): Promise<number> {
  const { given } = call;
  const wishes = {
    key: given.text("key"),
    title: given.text("title"),
    category: given.text("category"),
    tags: given.has("tag") ? [...given.texts("tag")] : undefined,
    confidence: given.share("confidence"),
    kind: given.text("kind"),
    polarity: given.flag("avoid") ? ("avoid" as const) : undefined,
    ...tierOf(call),
    space: given.text("space"),
  };
  const content = await readTextInput(call, given.operand("CONTENT"));
  const { api } = await connect(call);
  const item = await read(api.memory.items.$post({ json: { ...wishes, content } }));
  return tell(call, item, () => sayItem(item, Date.now(), call.terminal.paint));
}

const tierOf = ({ given }: Call) => ({
  tier: given.oneOf("tier", tiers),
  validFromMs: given.momentMs("valid-from"),
  validToMs: given.momentMs("valid-to"),
});

async function changeItem(call: Call): Promise<number> {
  const { given } = call;
  const { param, query } = placeOf(call);
  const content = given.text("content");
  const json = {
    content: content === undefined ? undefined : await readTextInput(call, content),
    title: given.text("title"),
    category: given.text("category"),
    ...tierOf(call),
  };
  if (Object.values(json).every((member) => member === undefined)) throw new UsageError("nothing says what to change");
  const { api } = await connect(call);
  const item = await read(api.memory.items[":key"].$patch({ param, query, json }));
  return tell(call, item, () => sayItem(item, Date.now(), call.terminal.paint));
}

const placeOf = ({ given }: Call) => ({
  param: { key: segment(given.operand("KEY")) },
  query: { space: given.text("space") },
});

async function getItem(call: Call): Promise<number> {
  const place = placeOf(call);
  const { api } = await connect(call);
  const item = await read(api.memory.items[":key"].$get(place));
  return tell(call, item, () => sayItem(item, Date.now(), call.terminal.paint));
}

async function listItems(call: Call): Promise<number> {
  const limit = limitOf(call);
  const space = call.given.text("space");
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.memory.items.$get({ query: { ...wish, space } }));
  return tellList(call, page, itemColumns(Date.now()), "Nothing is stored.");
}

async function forgetItem(call: Call): Promise<number> {
  const place = placeOf(call);
  const { api } = await connect(call);
  const done = await read(api.memory.items[":key"].$delete(place));
  return tell(call, done, () => `${plain(call.given.operand("KEY"))} is forgotten.`);
}
