import { z } from "zod";
import { lessonLevel } from "../events/vocabulary.ts";
import { relationName, type StoredItem, spaceName } from "./item.ts";

const timeMs = z.number().min(0);
const tierName = z.enum(["working", "long_term", "archive"]);
const oneOrMore = z.union([z.string(), z.array(z.string()).max(100)]);

/** Which items may be answers; every member that is there must fit. */
export const itemFilter = z.strictObject({
  kind: oneOrMore.optional(),
  category: oneOrMore.optional(),
  /** All of these. */
  tags: z.array(z.string()).max(50).optional(),
  level: z.union([lessonLevel, z.array(lessonLevel)]).optional(),
  /** `long_term` is meant where an item names none. The archive answers only when it is asked for, or about the past. */
  tier: z.union([tierName, z.array(tierName)]).optional(),
  fingerprint: z.string().optional(),
  minConfidence: z.number().min(0).max(1).optional(),
});
export type ItemFilter = z.infer<typeof itemFilter>;

export const queryOptions = z.strictObject({
  /** How many answers; 10 unless told. */
  topK: z.number().int().min(1).max(1_000).default(10),
  filter: itemFilter.default({}),
  /** What held at this moment, in epoch milliseconds; now unless told. */
  asOf: timeMs.optional(),
  /** Adds to every answer what its score is the sum of. */
  explain: z.boolean().default(false),
  /** Only items of this space. */
  space: spaceName.optional(),
});
export type QueryOptions = z.input<typeof queryOptions>;

export const linkOptions = z.strictObject({
  relation: relationName.default("related_to"),
  evidence: z.array(z.string().max(500)).max(100).optional(),
  /** Where both keys are, when that is not the caller's own space. */
  space: spaceName.optional(),
});
export type LinkOptions = z.input<typeof linkOptions>;

export const neighbourOptions = z.strictObject({
  /** Links away, 1 to 4; 1 unless told. */
  depth: z.number().int().min(1).max(4).default(1),
  /** Walk these relations only. */
  relations: z.array(relationName).min(1).max(50).optional(),
  space: spaceName.optional(),
});
export type NeighbourOptions = z.input<typeof neighbourOptions>;

export const contextRequest = z.strictObject({
  /** What the agent is about to do. */
  task: z.string(),
  budgetTokens: z.number().int().min(1).max(1_000_000).default(1_000),
  filter: itemFilter.default({}),
  /** Only items of this space. */
  space: spaceName.optional(),
});
export type ContextRequest = z.input<typeof contextRequest>;

/** Whether an item passes a filter. */
export function fitsFilter(item: StoredItem, confidence: number, filter: ItemFilter): boolean {
  const { kind, category, level, tier, tags, fingerprint, minConfidence } = filter;
  return (
    isOneOf(item.kind ?? "memory", kind) &&
    isOneOf(item.category, category) &&
    isOneOf(item.level, level) &&
    isOneOf(item.tier ?? "long_term", tier) &&
    (tags === undefined || tags.every((tag) => item.tags?.includes(tag) === true)) &&
    (fingerprint === undefined || item.fingerprint === fingerprint) &&
    (minConfidence === undefined || confidence >= minConfidence)
  );
}

function isOneOf(value: string | undefined, wanted: string | readonly string[] | undefined): boolean {
  if (wanted === undefined) return true;
  if (value === undefined) return false;
  return typeof wanted === "string" ? value === wanted : wanted.includes(value);
}

/** Whether an item holds at a moment. */
export function holdsAt(item: StoredItem, atMs: number): boolean {
  return (item.validFromMs ?? Number.NEGATIVE_INFINITY) <= atMs && atMs < (item.validToMs ?? Number.POSITIVE_INFINITY);
}
