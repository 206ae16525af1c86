import { z } from "@hono/zod-openapi";

const count = z.number().int().min(0);

const download = z
  .object({
    state: z.enum(["running", "done", "failed"]),
    file: z.string().optional(),
    loadedBytes: count.optional(),
    totalBytes: count.optional(),
    why: z.string().optional(),
  })
  .openapi({ description: "What became of the last download that was asked for since the start." });

export const embedderProgress = z
  .object({
    state: z.enum(["off", "opening", "embedding", "ready", "failed"]).openapi({
      description: "`embedding`: words alone answer until every item has a vector. `failed`: it is tried again.",
    }),
    embedded: count.openapi({ description: "Items with a vector of exactly this model and type of weights." }),
    waiting: count.openapi({ description: "Items that wait for one." }),
    download: download.optional(),
    why: z.string().optional().openapi({ description: "What is wrong." }),
  })
  .openapi("EmbedderProgress");
export type EmbedderProgressView = z.infer<typeof embedderProgress>;

export const embedderStatus = embedderProgress
  .extend({
    embedder: z.string().openapi({ description: "As the configuration names it." }),
    model: z
      .object({
        name: z.string(),
        dtype: z.string().openapi({ description: "The type of its weights." }),
        dimension: count,
        scripts: z.union([z.literal("any"), z.array(z.string())]).openapi({ description: "Those it has learned." }),
      })
      .optional(),
    items: count.optional().openapi({ description: "How many there are; missing while the store is away." }),
    lacking: count.optional().openapi({ description: "Items without a vector of this embedder." }),
    others: z.array(z.object({ by: z.string(), items: count })).openapi({
      description: "Vectors of other embedders. They are never compared, and go once every item has a new one.",
    }),
    note: z.string().optional().openapi({ description: "Why words alone answer now." }),
  })
  .openapi("EmbedderStatus");
export type EmbedderStatusView = z.infer<typeof embedderStatus>;

export const reindexInput = z
  .strictObject({
    anew: z
      .boolean()
      .default(false)
      .openapi({ description: "Take every vector away first, instead of making what lacks." }),
  })
  .openapi("ReindexInput");
