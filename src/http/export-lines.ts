import { AiosError } from "../kernel/errors.ts";
import { isJsonObject, type Json } from "../kernel/json.ts";
import type { ExportView } from "./shapes/memory.ts";

export const LINES_TYPE = "application/x-ndjson";

/** An export as JSON lines: the first says its format and checksum, each further one holds an item or a link. */
export function exportToLines({ items, links, ...head }: ExportView): string {
  const lines = [head, ...items.map((item) => ({ item })), ...links.map((link) => ({ link }))];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** Whether a text is lines of an export rather than an export in one JSON object: the first line is whole, and no item. */
export function isExportLines(text: string): boolean {
  const { value } = contentOf(text.trimStart().split("\n", 1)[0] ?? "", "head");
  return value !== undefined && value["items"] === undefined;
}

/** What was an export before it became lines. Throws `input.invalid` with the number of each line that is none of one. */
export function exportFromLines(text: string): unknown {
  const lines = text
    .split("\n")
    .map((line, index) => ({ line, path: `line ${String(index + 1)}` }))
    .filter(({ line }) => line.trim() !== "");
  const read = lines.map(({ line, path }, at) => ({ path, ...contentOf(line, at === 0 ? "head" : "entry") }));
  const faults = read.flatMap(({ path, fault }) => (fault === undefined ? [] : [{ path, message: fault }]));
  if (faults.length > 0)
    throw new AiosError("input.invalid", "the lines are not what was exported: nothing of them was brought in", {
      faults,
    });
  const of = (member: "item" | "link") =>
    read.flatMap(({ value }) => (value?.[member] === undefined ? [] : [value[member]]));
  return { ...read[0]?.value, items: of("item"), links: of("link") };
}

interface Content {
  readonly value?: { readonly [member: string]: Json };
  readonly fault?: string;
}

function contentOf(line: string, as: "head" | "entry"): Content {
  try {
    const value = JSON.parse(line) as Json;
    if (!isJsonObject(value)) return { fault: "is no JSON object" };
    if (as === "entry" && !isJsonObject(value["item"]) && !isJsonObject(value["link"]))
      return { fault: "holds neither an item nor a link" };
    return { value };
  } catch {
    return { fault: "is not JSON" };
  }
}
