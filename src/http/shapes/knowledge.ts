import { z } from "@hono/zod-openapi";
import { interference } from "../../events/types/evolution.ts";
import { anyJson, atMs, risk } from "./common.ts";
import { lessonLevel } from "./memory.ts";

export const lessonView = z
  .object({
    id: z.string(),
    fingerprint: z.string(),
    title: z.string(),
    content: z.string(),
    level: lessonLevel,
    confidence: z.number(),
    fixes: z.number().int(),
    failures: z.number().int(),
    targets: z.number().int(),
    remedy: z.string().optional(),
    advice: z
      .object({
        text: z.string(),
        writtenBy: z
          .string()
          .openapi({ description: "`llm/MODEL`: a language model wrote it, and nothing verified it." }),
      })
      .optional(),
    evidence: z.array(z.string()),
    history: z
      .array(z.object({ atMs, sequence: z.number().int(), says: z.string(), run: z.string().optional() }))
      .optional()
      .openapi({
        description:
          "Of a lesson asked for alone: what became of it, oldest first, with the event that says so and the run that was the evidence.",
      }),
    createdAtMs: atMs,
    updatedAtMs: atMs,
  })
  .openapi("Lesson");
export type LessonView = z.infer<typeof lessonView>;

export const failureView = z
  .object({
    fingerprint: z.string(),
    template: z.string(),
    ruleVersion: z.number().int(),
    tasks: z.number().int(),
    attempts: z.number().int(),
    agents: z.array(z.string()),
    firstAtMs: atMs,
    lastAtMs: atMs,
    lesson: z.string().optional(),
    level: lessonLevel.optional(),
    remedy: z.string().optional(),
  })
  .openapi("Failure");
export type FailureView = z.infer<typeof failureView>;

const rate = z.number().nullable();
const trial = z
  .object({
    blocks: z.number().int().openapi({ description: "Pairs of tasks that have counted." }),
    most: z.number().int().openapi({ description: "Pairs after which it ends without a difference." }),
    control: rate.openapi({ description: "Success rate of the present version; null before the first pair." }),
    candidate: rate,
    lead: z.number().int(),
    difference: z.object({ mean: z.number(), low: z.number(), high: z.number() }).nullable(),
    interference: z.optional(interference).openapi({
      description:
        "Whether the present version, which is unchanged, failed more while the other one was tried than before; once the trial is over.",
    }),
  })
  .openapi("Trial");

const shadow = z
  .object({
    pairs: z.number().int().openapi({ description: "Tasks and their copies that have both ended." }),
    most: z.number().int().openapi({ description: "Pairs after which the trial begins." }),
    control: z.number().int().openapi({ description: "Tasks that succeeded with the present version." }),
    candidate: z.number().int().openapi({ description: "Copies that succeeded with the new one; they count nowhere." }),
    lost: z.number().int(),
    won: z.number().int(),
  })
  .openapi("Shadow");

export const suggestionView = z
  .object({
    id: z.string(),
    kind: z.string(),
    title: z.string(),
    detail: z.string(),
    agent: z.string().optional(),
    risk: risk.optional(),
    state: z.string(),
    patch: anyJson.optional(),
    evidence: z.array(z.string()),
    fingerprint: z.string().optional(),
    control: z.number().int().optional().openapi({ description: "The version that held when it was proposed." }),
    candidate: z.number().int().optional().openapi({ description: "The version that is or was tried." }),
    from: z
      .string()
      .optional()
      .openapi({ description: "The improvement of another agent that was kept for the same failure." }),
    shadow: shadow.optional(),
    trial: trial.optional(),
    outcome: z.string().optional().openapi({ description: "Why it ended as it did." }),
    restored: z
      .boolean()
      .optional()
      .openapi({ description: "After a rollback: whether what held before holds again, byte for byte." }),
    approval: z.string().optional().openapi({ description: "The approval that it waits for." }),
    atMs,
  })
  .openapi("Suggestion");
export type SuggestionView = z.infer<typeof suggestionView>;

export const evolutionReason = z.strictObject({ reason: z.string().max(500).optional() }).openapi("EvolutionReason");
