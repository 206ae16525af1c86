import type { MemoryGraph, MemoryHits, MemoryItem } from "../answers.ts";
import { sayAge, sayJson, sayNumber, sayWhen } from "../say.ts";
import type { Option } from "../shape.ts";
import { bullets, type Column, details, section, table } from "../table.ts";
import type { Paint } from "../terminal.ts";

export const levels = ["draft", "verified", "hardened", "retired"] as const;

export const tiers = ["working", "long_term", "archive"] as const;

export const tierOptions = {
  tier: {
    type: "string",
    value: "TIER",
    says: `${tiers.join(", ")} (long_term): the archive answers only when it is asked for`,
  },
  "valid-from": { type: "string", value: "MOMENT", says: "it holds from here on, for example 2026-02-24" },
  "valid-to": { type: "string", value: "MOMENT", says: "it holds until here" },
} as const satisfies Readonly<Record<string, Option>>;

export const spaceOption = {
  type: "string",
  value: "SPACE",
  says: "shared, agent:NAME or team:NAME (an agent's own, otherwise shared)",
} as const satisfies Option;

const firstLine = (text: string) => text.split("\n", 1).join("");

export const itemColumns = (nowMs: number): readonly Column<MemoryItem>[] => [
  { title: "KEY", of: ({ key }) => key },
  { title: "SPACE", of: ({ space }) => space },
  { title: "KIND", of: ({ kind, level }) => [kind, level].filter((part) => part !== undefined).join(", ") },
  { title: "CATEGORY", of: ({ category }) => category },
  { title: "UPDATED", of: ({ updatedAtMs }) => (updatedAtMs === undefined ? undefined : sayAge(updatedAtMs, nowMs)) },
  { title: "WHAT", of: ({ title, content }) => title ?? firstLine(content), most: 60 },
];

export function sayItem(item: MemoryItem, nowMs: number, paint: Paint): string {
  return details(
    [
      ["key", item.key],
      ["space", item.space],
      ["shared with", item.sharedWith?.join(", ")],
      ["kind", item.kind],
      ["level", item.level],
      ["tier", item.tier],
      ["says what to", item.polarity],
      ["confidence", item.confidence === undefined ? undefined : sayNumber(item.confidence)],
      ["title", item.title],
      ["category", item.category],
      ["tags", item.tags?.join(", ")],
      ["holds from", sayWhen(item.validFromMs, nowMs)],
      ["holds until", sayWhen(item.validToMs, nowMs)],
      ["stands for", item.absorbed?.join(", ")],
      ["merged into", item.mergedInto],
      ["people said", sayFeedback(item.feedback)],
      ["stored", sayWhen(item.createdAtMs, nowMs)],
      ["updated", sayWhen(item.updatedAtMs, nowMs)],
      ["content", item.content],
    ],
    paint,
  );
}

function sayFeedback(feedback: MemoryItem["feedback"]): string | undefined {
  if (feedback === undefined) return undefined;
  const { helped, wrong, notes = [] } = feedback;
  const words = notes.map(({ by, helped, note }) => `${by}, ${helped ? "helped" : "wrong"}: ${note}`);
  return [`helped ${String(helped)}, wrong ${String(wrong)}`, ...words].join("\n");
}

type Hit = MemoryHits["items"][number];

const hitColumns: readonly Column<Hit>[] = [
  { title: "SCORE", of: ({ score }) => sayNumber(score), right: true },
  { title: "KEY", of: ({ key }) => key },
  { title: "SPACE", of: ({ space }) => space },
  { title: "LEVEL", of: ({ level }) => level },
  { title: "WHAT", of: ({ title, content }) => title ?? firstLine(content), most: 60 },
];

/** What was found, best first; why each stands where it stands when that was asked for. */
export function sayHits({ items, signals, note }: MemoryHits, paint: Paint): string {
  const noted = note === undefined ? "" : section("Note", bullets([note]), paint);
  if (items.length === 0) return `Nothing fits.\n${section("Signals", bullets(signals), paint)}${noted}`;
  const explained = items.flatMap(({ key, explain }): [string, string][] =>
    explain === undefined ? [] : [[key, sayJson(explain)]],
  );
  return [
    table(items, hitColumns, paint),
    section("Why", details(explained, paint), paint),
    section("Signals", bullets(signals), paint),
    noted,
  ].join("");
}

const nodeColumns: readonly Column<MemoryGraph["nodes"][number]>[] = [
  { title: "STEPS", of: ({ distance }) => distance, right: true },
  { title: "KEY", of: ({ key }) => key },
  { title: "TITLE", of: ({ title }) => title, most: 60 },
];
const linkColumns: readonly Column<MemoryGraph["links"][number]>[] = [
  { title: "FROM", of: ({ from }) => from },
  { title: "RELATION", of: ({ relation }) => relation },
  { title: "TO", of: ({ to }) => to },
  { title: "EVIDENCE", of: ({ evidence }) => evidence?.join("; "), most: 60 },
];

export function sayGraph({ nodes, links }: MemoryGraph, paint: Paint): string {
  const linked = links.length === 0 ? "" : table(links, linkColumns, paint);
  return `${table(nodes, nodeColumns, paint)}${section("Links", linked, paint)}`;
}
