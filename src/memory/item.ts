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
  /** `long_term` unless told; see `tiers.ts`. */
  tier: z.enum(["working", "long_term", "archive"]).optional(),
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

const count = z.number().int().nonnegative();

/** What becomes of an item while it is kept: whoever stores it anew leaves it as it is. */
const history = {
  /** What people said of it. It moves the prior of its confidence and counts as no outcome. */
  feedback: z
    .object({
      helped: count,
      wrong: count,
      /** The latest words, oldest first. */
      notes: z.array(z.object({ by: z.string(), helped: z.boolean(), note: z.string(), atMs: z.number() })).optional(),
    })
    .optional(),
  /** It says what another item of its space says, which is found in its place. */
  merged: z.object({ into: itemKey, why: z.string(), atMs: z.number(), version: count }).optional(),
  /** The items that say the same: their outcomes count for this one too. */
  absorbed: z.array(z.object({ key: itemKey, fixes: count, failures: count, version: count })).optional(),
} as const;

/** An item as backends keep it. */
export const storedItem = z.object({
  key: itemKey,
  space: spaceName,
  content,
  ...described,
  data: z.record(z.string(), z.json()).optional(),
  ...history,
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

/** What of a kept item stays when something new is stored under its key. */
export function historyOf(known: StoredItem | undefined): Pick<StoredItem, keyof typeof history> {
  const { feedback, merged, absorbed } = known ?? {};
  return {
    ...(feedback === undefined ? {} : { feedback }),
    ...(merged === undefined ? {} : { merged }),
    ...(absorbed === undefined ? {} : { absorbed }),
  };
}

type Judged = Pick<StoredItem, "confidence" | "outcomes" | "feedback" | "absorbed">;

/**
 * Mean of a Beta posterior. Its prior weighs two observations, whatever was stated and however many people said something:
 * one half when nobody did. Verified outcomes alone add to its weight, those of the items merged into it too.
 */
export function confidenceOf({ confidence = 0.5, outcomes, feedback, absorbed = [] }: Judged): number {
  const { helped, wrong } = feedback ?? { helped: 0, wrong: 0 };
  const prior = (2 * confidence + helped) / (2 + helped + wrong);
  let { fixes, failures } = outcomes ?? { fixes: 0, failures: 0 };
  for (const other of absorbed) {
    fixes += other.fixes;
    failures += other.failures;
  }
  return (2 * prior + fixes) / (2 + fixes + failures);
}
