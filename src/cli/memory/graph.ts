import type { MemorySequel } from "../answers.ts";
import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { sayNumber } from "../say.ts";
import { bullets, type Column, section, table } from "../table.ts";
import { plain } from "../terminal.ts";
import { sayGraph, spaceOption } from "./memory-text.ts";

const ends = [
  { name: "FROM", says: "key of the one item" },
  { name: "TO", says: "key of the other" },
] as const;

export const link: Command = {
  name: "link",
  summary: "Link two items",
  operands: ends,
  options: {
    relation: { type: "string", value: "NAME", says: "what the one is to the other (related_to)" },
    evidence: { type: "string", value: "TEXT", multiple: true, says: "what says so" },
    space: spaceOption,
  },
  examples: ["aios memory link feed-limit feed-outage --relation explains"],
  run: linkItems,
};

export const unlink: Command = {
  name: "unlink",
  summary: "Take the link between two items away",
  operands: ends,
  options: { relation: { type: "string", value: "NAME", says: "only this relation (all)" }, space: spaceOption },
  examples: ["aios memory unlink feed-limit feed-outage"],
  run: unlinkItems,
};

export const neighbours: Command = {
  name: "neighbours",
  summary: "Show what an item is linked with, up to four steps away",
  operands: [{ name: "KEY", says: "the item's key" }],
  options: {
    depth: { type: "string", value: "1..4", says: "so many steps away (1)" },
    relation: { type: "string", value: "NAME", says: "only links of this relation" },
    space: spaceOption,
  },
  examples: ["aios memory neighbours feed-limit --depth 2"],
  run: showNeighbours,
};

export const way: Command = {
  name: "path",
  summary: "Show the shortest way from one item to another",
  operands: ends,
  options: { space: spaceOption },
  examples: ["aios memory path feed-limit feed-outage"],
  run: showWay,
};

export const sequel: Command = {
  name: "sequel",
  summary: "Show what usually follows a failure, and what fixed it",
  operands: [{ name: "KEY", says: "a failure's key or fingerprint, or a lesson about it" }],
  options: { space: spaceOption },
  examples: ["aios memory sequel 0f3a5c7e9b1d2f46", "aios memory sequel lesson-0f3a5c7e9b1d2f46 --json"],
  run: showSequel,
};

const seenColumns: readonly Column<MemorySequel["follows"][number]>[] = [
  { title: "TIMES", of: ({ times }) => times, right: true },
  { title: "KEY", of: ({ key }) => key },
  { title: "WHAT", of: ({ title }) => title, most: 80 },
];

async function showSequel(call: Call): Promise<number> {
  const { given, terminal } = call;
  const json = { key: given.operand("KEY"), space: given.text("space") };
  const { api } = await connect(call);
  const found = await read(api.memory.sequel.$post({ json }));
  const { failure, follows, fixedBy, lessons } = found;
  const listed = (entries: typeof follows) => (entries.length === 0 ? "" : table(entries, seenColumns, terminal.paint));
  const known = lessons.map(({ key, level = "note", confidence }) => `${key}: ${level}, ${sayNumber(confidence)}`);
  return tell(call, found, () =>
    [
      plain(failure.title),
      section("Usually follows", listed(follows) || "Nothing was seen to follow it.\n", terminal.paint),
      section("Fixed by", listed(fixedBy) || "Nothing was seen to fix it.\n", terminal.paint),
      section("Lessons", bullets(known), terminal.paint),
    ].join("\n"),
  );
}

async function linkItems(call: Call): Promise<number> {
  const { given } = call;
  const json = {
    ...endsOf(call),
    relation: given.text("relation") ?? "related_to",
    evidence: given.has("evidence") ? [...given.texts("evidence")] : undefined,
  };
  const { api } = await connect(call);
  const done = await read(api.memory.links.$post({ json }));
  return tell(call, done, () => `${plain(json.from)} ${plain(json.relation)} ${plain(json.to)}.`);
}

async function unlinkItems(call: Call): Promise<number> {
  const json = { ...endsOf(call), relation: call.given.text("relation") };
  const { api } = await connect(call);
  const done = await read(api.memory.links.$delete({ json }));
  return tell(call, done, () => `${plain(json.from)} and ${plain(json.to)} are no longer linked.`);
}

async function showNeighbours(call: Call): Promise<number> {
  const { given, terminal } = call;
  const param = { key: segment(given.operand("KEY")) };
  const depth = given.count("depth", 1);
  const query = {
    depth: depth === undefined ? undefined : String(depth),
    relation: given.text("relation"),
    space: given.text("space"),
  };
  const { api } = await connect(call);
  const graph = await read(api.memory.items[":key"].neighbours.$get({ param, query }));
  return tell(call, graph, () =>
    graph.links.length === 0 ? "It is linked with nothing." : sayGraph(graph, terminal.paint),
  );
}

async function showWay(call: Call): Promise<number> {
  const json = endsOf(call);
  const { api } = await connect(call);
  const graph = await read(api.memory.path.$post({ json }));
  return tell(call, graph, () =>
    graph.nodes.length === 0 ? "There is no way from the one to the other." : sayGraph(graph, call.terminal.paint),
  );
}

const endsOf = ({ given }: Call) => ({
  from: given.operand("FROM"),
  to: given.operand("TO"),
  space: given.text("space"),
});
