import type { Alike, Archived } from "../answers.ts";
import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { sayNumber } from "../say.ts";
import { type Column, table } from "../table.ts";
import { sayItem, spaceOption } from "./memory-text.ts";

export const review: Command = {
  name: "review",
  summary: "Show what says the same and what contradicts each other, in one space",
  options: { space: spaceOption },
  examples: ["aios memory review", "aios memory review --space agent:coder --json"],
  run: (call) => showAlike(call, "review", "Nothing says the same, and nothing contradicts."),
};

export const tidy: Command = {
  name: "tidy",
  summary: "Merge what says the same, and link what contradicts",
  options: { space: spaceOption },
  notes: ["Nothing is deleted: `aios memory unmerge` takes a merge back, `aios memory unlink` a link."],
  examples: ["aios memory tidy", "aios memory tidy --space agent:coder"],
  run: (call) => showAlike(call, "tidy", "There was nothing to do."),
};

export const merge: Command = {
  name: "merge",
  summary: "Have an item stand for another one that says the same",
  operands: [
    { name: "KEY", says: "the item that stays" },
    { name: "DUPLICATE", says: "the item that is found no more" },
  ],
  options: { why: { type: "string", value: "TEXT", says: "why" }, space: spaceOption },
  examples: ["aios memory merge feed-limit feed-limit-2"],
  run: mergeItems,
};

export const unmerge: Command = {
  name: "unmerge",
  summary: "Take a merge back: both items are again what they were",
  operands: [{ name: "KEY", says: "the item that was merged" }],
  options: { space: spaceOption },
  examples: ["aios memory unmerge feed-limit-2"],
  run: unmergeItem,
};

export const sweep: Command = {
  name: "sweep",
  summary: "Put what faded into the archive now; the engine does it once a day",
  options: { space: { ...spaceOption, says: "only this space (all of them)" } },
  notes: ["Nothing is deleted: `aios memory change KEY --tier long_term` brings an item back."],
  examples: ["aios memory sweep --json"],
  run: sweepItems,
};

const alikeColumns: readonly Column<Alike>[] = [
  { title: "WHAT", of: ({ kind }) => kind },
  { title: "SPACE", of: ({ space }) => space },
  { title: "KEEP", of: ({ keep }) => keep },
  { title: "OTHER", of: ({ other }) => other },
  { title: "SHARE", of: ({ share }) => sayNumber(share), right: true },
  { title: "WHY", of: ({ why }) => why, most: 60 },
];

const archivedColumns: readonly Column<Archived>[] = [
  { title: "KEY", of: ({ key }) => key },
  { title: "SPACE", of: ({ space }) => space },
  { title: "WHY", of: ({ why }) => why, most: 80 },
];

async function showAlike(call: Call, what: "review" | "tidy", nothing: string): Promise<number> {
  const json = { space: call.given.text("space") };
  const { api } = await connect(call);
  const found = await read(api.memory[what].$post({ json }));
  return tell(call, found, () =>
    found.items.length === 0 ? nothing : table(found.items, alikeColumns, call.terminal.paint),
  );
}

async function mergeItems(call: Call): Promise<number> {
  const { given } = call;
  const param = { key: segment(given.operand("KEY")) };
  const json = { duplicate: given.operand("DUPLICATE"), why: given.text("why"), space: given.text("space") };
  const { api } = await connect(call);
  const item = await read(api.memory.items[":key"].merge.$post({ param, json }));
  return tell(call, item, () => sayItem(item, Date.now(), call.terminal.paint));
}

async function unmergeItem(call: Call): Promise<number> {
  const param = { key: segment(call.given.operand("KEY")) };
  const json = { space: call.given.text("space") };
  const { api } = await connect(call);
  const item = await read(api.memory.items[":key"].unmerge.$post({ param, json }));
  return tell(call, item, () => sayItem(item, Date.now(), call.terminal.paint));
}

async function sweepItems(call: Call): Promise<number> {
  const json = { space: call.given.text("space") };
  const { api } = await connect(call);
  const found = await read(api.memory.sweep.$post({ json }));
  return tell(call, found, () =>
    found.items.length === 0 ? "Nothing was due." : table(found.items, archivedColumns, call.terminal.paint),
  );
}
