import { z } from "@hono/zod-openapi";
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
    evidence: z.array(z.string()),
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
    atMs,
  })
  .openapi("Suggestion");
export type SuggestionView = z.infer<typeof suggestionView>;
