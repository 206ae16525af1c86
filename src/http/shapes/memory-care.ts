import { z } from "@hono/zod-openapi";
import { id } from "./common.ts";

const space = id.optional().openapi({ description: "The space to look at; an agent's own, otherwise `shared`." });
const key = z.string().min(1).max(256);

export const careInput = z.strictObject({ space }).openapi("CareInput");

export const alikeView = z
  .object({
    kind: z.enum(["duplicate", "contradiction"]),
    space: z.string(),
    keep: z.string().openapi({ description: "Of two that say the same, the one that stays." }),
    other: z.string(),
    share: z.number().openapi({ description: "How much of what they speak about is common, 0 to 1." }),
    why: z.string(),
  })
  .openapi("Alike");
export const alikeViews = z.object({ items: z.array(alikeView) }).openapi("AlikeItems");
export type AlikeViews = z.infer<typeof alikeViews>;

export const mergeInput = z
  .strictObject({
    duplicate: key.openapi({ description: "The item that says the same, and is found no more." }),
    why: z.string().max(500).optional(),
    space,
  })
  .openapi("MergeInput");
export type MergeInput = z.infer<typeof mergeInput>;

export const archivedViews = z
  .object({ items: z.array(z.object({ key: z.string(), space: z.string(), why: z.string() })) })
  .openapi("ArchivedItems");
export type ArchivedViews = z.infer<typeof archivedViews>;

export const sequelInput = z
  .strictObject({ key: key.openapi({ description: "A failure's key or fingerprint, or a lesson about it." }), space })
  .openapi("SequelInput");

const named = z.object({ key: z.string(), title: z.string() });
const seen = named.extend({
  times: z.number().int().openapi({ description: "How often it was seen, as far as evidence is kept." }),
  evidence: z.array(z.string()).openapi({ description: "Tasks and runs." }),
});
export const sequelView = z
  .object({
    failure: named,
    follows: z.array(seen).openapi({ description: "What came after it, most often first." }),
    fixedBy: z.array(seen),
    lessons: z.array(named.extend({ level: z.string().optional(), confidence: z.number() })),
  })
  .openapi("Sequel");
export type SequelView = z.infer<typeof sequelView>;
