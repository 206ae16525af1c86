import { z } from "@hono/zod-openapi";
import { anyJson, atMs, id } from "./common.ts";

export const lessonLevel = z.enum(["draft", "verified", "hardened", "retired"]);
export const memoryTier = z
  .enum(["working", "long_term", "archive"])
  .openapi({ description: "`long_term` unless told; what is in the archive answers only when that is asked for." });
const key = z.string().min(1).max(256);
const count = z.number().int();
const note = z
  .string()
  .optional()
  .openapi({ description: "What should be known about the answer: that it comes from a part of the memory." });
const space = id
  .optional()
  .openapi({ description: "`shared`, `agent:NAME` or `team:NAME`; unless told, an agent's own, otherwise `shared`." });

export const itemInput = z
  .strictObject({
    key: key.optional().openapi({ description: "Without a key a fresh one is given." }),
    content: z.string().min(1).max(262_144),
    title: z.string().max(1000).optional(),
    category: z.string().max(256).optional(),
    tags: z.array(z.string().max(256)).max(100).optional(),
    confidence: z.number().min(0).max(1).optional(),
    kind: id
      .optional()
      .openapi({ description: "What it is in the graph: `memory` unless told, `lesson`, or a word of your own." }),
    polarity: z.enum(["do", "avoid"]).optional(),
    fingerprint: z.string().max(64).optional().openapi({ description: "Of the failure that it is about." }),
    tier: memoryTier.optional(),
    validFromMs: atMs.optional().openapi({ description: "It holds from here on, this moment included." }),
    validToMs: atMs.optional().openapi({ description: "It holds until here, this moment not included." }),
    space,
  })
  .openapi("ItemInput");
export type ItemInput = z.infer<typeof itemInput>;

export const itemPatch = itemInput.omit({ key: true, space: true }).partial().openapi("ItemPatch");
export type ItemPatch = z.infer<typeof itemPatch>;

export const itemView = z
  .object({
    key: z.string(),
    content: z.string(),
    title: z.string().optional(),
    category: z.string().optional(),
    tags: z.array(z.string()).optional(),
    kind: z.string().optional(),
    polarity: z.enum(["do", "avoid"]).optional(),
    fingerprint: z.string().optional(),
    tier: memoryTier.optional(),
    level: lessonLevel.optional(),
    confidence: z.number().optional(),
    validFromMs: atMs.optional(),
    validToMs: atMs.optional(),
    space: z.string(),
    sharedWith: z.array(z.string()).optional(),
    feedback: z
      .object({
        helped: count,
        wrong: count,
        notes: z
          .array(z.object({ by: z.string(), helped: z.boolean(), note: z.string(), atMs }))
          .optional()
          .openapi({ description: "The latest, oldest first." }),
      })
      .optional(),
    mergedInto: z.string().optional().openapi({ description: "The item that stands for it." }),
    absorbed: z.array(z.string()).optional().openapi({ description: "The items that it stands for." }),
    createdAtMs: atMs.optional(),
    updatedAtMs: atMs.optional(),
  })
  .openapi("Item");
export type ItemView = z.infer<typeof itemView>;

export const memoryQuery = z
  .strictObject({
    text: z.string().min(1).max(20_000),
    topK: z.number().int().min(1).max(100).optional(),
    filter: z
      .strictObject({
        category: z.string().optional(),
        tags: z.array(z.string()).optional(),
        level: lessonLevel.optional(),
        tier: memoryTier.optional(),
        kind: z.string().optional(),
        fingerprint: z.string().optional(),
        minConfidence: z.number().min(0).max(1).optional(),
      })
      .optional(),
    asOf: atMs.optional(),
    explain: z.boolean().optional(),
    space,
  })
  .openapi("MemoryQuery");
export type MemoryQuery = z.infer<typeof memoryQuery>;

export const memoryHits = z
  .object({
    items: z.array(itemView.extend({ score: z.number(), explain: anyJson.optional() })),
    signals: z.array(z.string()),
    note,
  })
  .openapi("MemoryHits");
export type MemoryHits = z.infer<typeof memoryHits>;

export const contextInput = z
  .strictObject({ task: z.string().min(1).max(20_000), budgetTokens: z.number().int().positive().optional(), space })
  .openapi("ContextInput");
export type ContextInput = z.infer<typeof contextInput>;
export const contextView = z
  .object({ text: z.string(), tokens: z.number().int(), items: z.array(z.string()), note })
  .openapi("Context");
export type ContextView = z.infer<typeof contextView>;

export const linkInput = z
  .strictObject({ from: key, to: key, relation: id, evidence: z.array(z.string().max(500)).max(100).optional(), space })
  .openapi("LinkInput");
export type LinkInput = z.infer<typeof linkInput>;
export const linkEnds = linkInput.omit({ evidence: true }).partial({ relation: true }).openapi("LinkEnds");
export type LinkEnds = z.infer<typeof linkEnds>;

const node = z.object({ key: z.string(), title: z.string().optional(), distance: z.number().int() });
const link = z.object({
  from: z.string(),
  to: z.string(),
  relation: z.string(),
  evidence: z.array(z.string()).optional(),
});
export const graphView = z.object({ nodes: z.array(node), links: z.array(link) }).openapi("Graph");
export type GraphView = z.infer<typeof graphView>;

export const neighbourQuery = z.object({
  depth: z.coerce.number().int().min(1).max(4).default(1),
  relation: id.optional(),
  space,
});
export const pathInput = z.strictObject({ from: key, to: key, space }).openapi("PathInput");
export type PathInput = z.infer<typeof pathInput>;

export const shareInput = z.strictObject({ with: id, revoke: z.boolean().optional(), space }).openapi("ShareInput");
export type ShareInput = z.infer<typeof shareInput>;

export const exportInput = z.strictObject({ space }).openapi("ExportInput");
/** Items and links as they are kept, whole: what is brought in again is what was taken out. */
const stored = z.record(z.string(), z.unknown());
export const exportView = z
  .object({ format: z.number().int(), items: z.array(stored), links: z.array(stored), checksum: z.string() })
  .openapi("Export");
export type ExportView = z.infer<typeof exportView>;
export const importView = z
  .object({ items: z.number().int(), links: z.number().int(), checksum: z.string() })
  .openapi("Imported");
export type ImportView = z.infer<typeof importView>;

export const feedbackInput = z
  .strictObject({ key, helped: z.boolean(), note: z.string().max(2000).optional(), space })
  .openapi("FeedbackInput");
export type FeedbackInput = z.infer<typeof feedbackInput>;

export const memoryBackend = z.enum(["json", "chroma", "neo4j"]);
export const migrateInput = z.strictObject({ to: memoryBackend }).openapi("MigrateInput");
export const migrationView = z
  .object({
    from: z.string(),
    to: z.string(),
    items: z.number().int(),
    links: z.number().int(),
    vectors: z.number().int().openapi({ description: "Taken over with their items; all others are made anew." }),
    checksum: z.string(),
  })
  .openapi("Migration");
export type MigrationView = z.infer<typeof migrationView>;
