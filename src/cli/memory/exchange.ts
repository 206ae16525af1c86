import { exportFromLines, exportToLines, isExportLines } from "../../http/export-lines.ts";
import type { ExportView } from "../../http/shapes/memory.ts";
import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit, UsageError } from "../exit.ts";
import { jsonIn, readNamedFile } from "../input.ts";
import { sayItem, spaceOption } from "./memory-text.ts";

export const share: Command = {
  name: "share",
  summary: "Share an item with another space, or take that back",
  operands: [{ name: "KEY", says: "the item's key" }],
  options: {
    with: {
      type: "string",
      value: "SPACE",
      required: true,
      says: "the space that may read it: shared, agent:NAME or team:NAME",
    },
    revoke: { type: "boolean", says: "take it back" },
    space: spaceOption,
  },
  examples: [
    "aios memory share feed-limit --with agent:coder",
    "aios memory share feed-limit --with agent:coder --revoke",
  ],
  run: shareItem,
};

export const feedback: Command = {
  name: "feedback",
  summary: "Say whether an item helped",
  operands: [{ name: "KEY", says: "the item's key" }],
  options: {
    helped: { type: "boolean", says: "it did" },
    misled: { type: "boolean", says: "it did not" },
    note: { type: "string", value: "TEXT", says: "what happened" },
    space: spaceOption,
  },
  examples: [
    "aios memory feedback feed-limit --helped",
    `aios memory feedback feed-limit --misled --note "it is 90 now"`,
  ],
  run: giveFeedback,
};

export const takeOut: Command = {
  name: "export",
  summary: "Print everything, or one space, to take elsewhere",
  options: { space: spaceOption, lines: { type: "boolean", says: "as JSON lines, an item or a link each" } },
  notes: ["Always prints JSON, with a checksum that `aios memory import` checks."],
  examples: ["aios memory export > memory.json", "aios memory export --lines > memory.jsonl"],
  run: exportItems,
};

export const bringIn: Command = {
  name: "import",
  summary: "Bring in what was exported; refused when its checksum does not fit",
  operands: [{ name: "FILE", says: "what `aios memory export` printed, or - for standard input" }],
  examples: ["aios memory import memory.json", "aios memory import memory.jsonl"],
  run: importItems,
};

async function shareItem(call: Call): Promise<number> {
  const { given } = call;
  const param = { key: segment(given.operand("KEY")) };
  const space = given.text("with");
  if (space === undefined) throw new UsageError("--with SPACE is missing: with whom it is shared");
  const json = { with: space, revoke: given.flag("revoke") ? true : undefined, space: given.text("space") };
  const { api } = await connect(call);
  const item = await read(api.memory.items[":key"].share.$post({ param, json }));
  return tell(call, item, () => sayItem(item, Date.now(), call.terminal.paint));
}

async function giveFeedback(call: Call): Promise<number> {
  const { given } = call;
  const helped = given.flag("helped");
  if (helped === given.flag("misled")) throw new UsageError("either --helped or --misled says how it was");
  const json = { key: given.operand("KEY"), helped, note: given.text("note"), space: given.text("space") };
  const { api } = await connect(call);
  const item = await read(api.memory.feedback.$post({ json }));
  return tell(call, item, () => sayItem(item, Date.now(), call.terminal.paint));
}

async function exportItems(call: Call): Promise<number> {
  const json = { space: call.given.text("space") };
  const { api } = await connect(call);
  const content = await read(api.memory.export.$post({ json }));
  if (!call.given.flag("lines")) return tell(call, content, () => JSON.stringify(content, null, 2));
  call.terminal.out(exportToLines(content));
  return exit.done;
}

/** One JSON object, or JSON lines. */
async function exportIn(call: Call, file: string): Promise<unknown> {
  const { content, called } = await readNamedFile(call, "FILE", file);
  return isExportLines(content) ? exportFromLines(content) : jsonIn(content, called);
}

async function importItems(call: Call): Promise<number> {
  const { api } = await connect(call);
  // The engine judges it, and its checksum.
  const json = (await exportIn(call, call.given.operand("FILE"))) as ExportView;
  const { items, links, checksum } = await read(api.memory.import.$post({ json }));
  return tell(call, { items, links, checksum }, () => `${items} items and ${links} links were brought in.`);
}
