import { z } from "@hono/zod-openapi";
import { atMs } from "./common.ts";

const term = z.number().nullable();
const terms = z.object({ tsr: term, cr: term, uptime: term, learning: term });
const grade = z.enum(["excellent", "good", "degraded", "critical"]).nullable();
const trend = z.enum(["improving", "stable", "degrading"]).nullable();

export const scoreView = z
  .object({
    score: term.openapi({ description: "null while there is not enough data." }),
    grade,
    trend,
    terms,
    why: z.array(z.string()),
    counts: z.object({
      tsr: z.number().int(),
      cr: z.number().int(),
      uptime: z.number().int(),
      learning: z.number().int(),
    }),
    alerts: z.array(z.object({ alert: z.string(), value: z.number(), threshold: z.number(), advice: z.string() })),
    windowMs: z.number(),
    atMs,
  })
  .openapi("Score");
export type ScoreView = z.infer<typeof scoreView>;

export const scorePoint = z
  .object({ sequence: z.number().int(), atMs, score: term, grade, trend, terms })
  .openapi("ScorePoint");
export type ScorePoint = z.infer<typeof scorePoint>;
