import { z } from "zod";
import { lessonLevel } from "../events/vocabulary.ts";

/** Whose a memory is: one agent's, one team's, or everybody's. */
export const spaceName = z
  .string()
  .max(200)
  .regex(/^(?:shared|(?:agent|team):[^\s/]{1,180})$/, "`shared`, `agent:NAME` or `team:NAME`");

/** Unique within its space. */
export const itemKey = z
  .string()
  .min(1)
  .max(256)
  .refine((key) => !/\p{Cc}/u.test(key), "no control characters");

export const relationName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, "letters, digits, `_` or `-`, beginning with a letter");

const described = {
  title: z.string().max(500).optional(),
  category: z.string().max(200).optional(),
  tags: z.array(z.string().min(1).max(100)).max(50).optional(),
  /** What the item is in the graph: `memory`, `lesson`, `failure`, `agent`, `playbook`, or a word of the user's own. */
  kind: relationName.optional(),
  /** How sure whoever stored it was, 0 to 1. It is worth two observations and never promotes anything. */
  confidence: z.number().min(0).max(1).optional(),
  level: lessonLevel.optional(),
  fingerprint: z.string().max(64).optional(),
  polarity: z.enum(["do", "avoid"]).optional(),
  /** Verified outcomes; they move the confidence. */
  outcomes: z.object({ fixes: z.number().int().nonnegative(), failures: z.number().int().nonnegative() }).optional(),
  /** Ids of the events it was learned from. */
  provenance: z.array(z.string().max(200)).max(1_000).optional(),
  /** The item holds from here (inclusive) to there (exclusive), in epoch milliseconds; open where missing. */
  validFromMs: z.number().optional(),
  validToMs: z.number().optional(),
} as const;

const content = z.string().max(256 * 1024, "at most 256 KiB of text");

/** What `store` takes. A bare text is its content; members that are not listed here are kept under `data`. */
export const itemInput = z.union([
  content.transform((text) => ({ content: text })),
  z.looseObject({ content, ...described, data: z.record(z.string(), z.json()).optional() }),
]);
export type ItemInput = z.input<typeof itemInput>;

/** A change to an item: members that are left out stay as they are. */
export const itemPatch = z.strictObject({
  content: content.optional(),
  ...described,
  data: z.record(z.string(), z.json()).optional(),
});
export type ItemPatch = z.input<typeof itemPatch>;

/** An item as backends keep it. */
export const storedItem = z.object({
  key: itemKey,
  space: spaceName,
  content,
  ...described,
  data: z.record(z.string(), z.json()).optional(),
  /** Spaces it was explicitly shared with. */
  sharedWith: z.array(spaceName),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  /** Grows by one with every change; writers name the one they read. */
  version: z.number().int().positive(),
});
export type StoredItem = z.infer<typeof storedItem>;

export const storedLink = z.object({
  /** Ids of items (`SPACE/KEY`). */
  from: z.string(),
  to: z.string(),
  relation: relationName,
  /** Who drew the link: only readers of this space and of both ends see it. */
  space: spaceName,
  evidence: z.array(z.string().max(500)).max(100).optional(),
  createdAtMs: z.number(),
});
export type StoredLink = z.infer<typeof storedLink>;

/** Unique in a backend: a space contains no `/`. */
export function itemId(space: string, key: string): string {
  return `${space}/${key}`;
}

export function idOf(item: Pick<StoredItem, "space" | "key">): string {
  return itemId(item.space, item.key);
}

/** Equal links are one link: drawing it again replaces its evidence. */
export function linkId(link: Pick<StoredLink, "space" | "from" | "relation" | "to">): string {
  return JSON.stringify([link.space, link.from, link.relation, link.to]);
}

/** Mean of a Beta posterior whose prior is the stated confidence, weighing two observations; one half when nothing was stated. */
export function confidenceOf({ confidence = 0.5, outcomes }: Pick<StoredItem, "confidence" | "outcomes">): number {
  const { fixes, failures } = outcomes ?? { fixes: 0, failures: 0 };
  return (2 * confidence + fixes) / (2 + fixes + failures);
}
