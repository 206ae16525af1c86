import { z } from "@hono/zod-openapi";
import { atMs } from "./common.ts";

const term = z.number().nullable();
const interval = z.object({ low: z.number(), high: z.number() }).nullable();
const terms = z.object({ tsr: term, cr: term, uptime: term, learning: term });
const grade = z.enum(["excellent", "good", "degraded", "critical"]).nullable();
const trend = z.enum(["improving", "stable", "degrading"]).nullable();

const atAll = {
  description: "Time of the first outcome after the change, and the earliest and latest it may have been.",
};
export const trendView = z
  .union([
    z.object({ kind: z.literal("unknown"), outcomes: z.number().int() }),
    z.object({ kind: z.literal("stable"), watched: z.enum(["improving", "degrading"]).optional() }),
    z.object({
      kind: z.enum(["improving", "degrading"]),
      sinceMs: atMs.openapi(atAll),
      earliestMs: atMs,
      latestMs: atMs,
      sure: z.number(),
    }),
  ])
  .openapi("Trend", { description: "How outcomes go. Below 60 outcomes it is not known." });

export const standingView = z
  .object({
    kind: z.enum(["agent", "playbook"]),
    id: z.string(),
    good: z.number().int().openapi({ description: "Of the newest outcomes: tasks that succeeded, runs that fixed." }),
    n: z.number().int(),
    trend: trendView,
    alerted: z.boolean().openapi({ description: "Whether its alert is raised." }),
  })
  .openapi("SubjectStanding");
export type StandingView = z.infer<typeof standingView>;

export const scoreView = z
  .object({
    score: term.openapi({ description: "null while there is not enough data." }),
    grade,
    trend,
    terms,
    intervals: z.object({ score: interval, tsr: interval, cr: interval, learning: interval }).openapi({
      description:
        "Where the truth lies with 95 % confidence, by the cases that were counted. Uptime is measured all the time and has none.",
    }),
    why: z.array(z.string()),
    weights: z.object({ tsr: z.number(), cr: z.number(), uptime: z.number(), learning: z.number() }).openapi({
      description: "What each term counts; they sum to one. `why` says it where they are not the usual ones.",
    }),
    adaptsWeights: z.boolean().openapi({ description: "`score.adaptWeights`." }),
    counts: z.object({
      tsr: z.number().int(),
      cr: z.number().int(),
      uptime: z.number().int(),
      learning: z.number().int(),
    }),
    alerts: z.array(z.object({ alert: z.string(), value: z.number(), threshold: z.number(), advice: z.string() })),
    trendDetail: trendView,
    windowMs: z.number(),
    atMs,
  })
  .openapi("Score");
export type ScoreView = z.infer<typeof scoreView>;

export const scorePoint = z
  .object({ sequence: z.number().int(), atMs, score: term, grade, trend, terms })
  .openapi("ScorePoint");
export type ScorePoint = z.infer<typeof scorePoint>;
