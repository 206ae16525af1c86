import { z } from "@hono/zod-openapi";
import { anyJson, atMs, effect, id, priority } from "./common.ts";

export const taskState = z.enum(["queued", "running", "waiting", "succeeded", "failed", "dead", "cancelled"]);

export const taskInput = z
  .strictObject({
    agent: id.optional(),
    capability: id.optional(),
    input: anyJson,
    priority: priority.optional(),
    timeoutMs: z.number().int().positive().max(86_400_000).optional(),
    retries: z.number().int().min(0).max(100).optional(),
    dependsOn: z.array(id).max(1000).optional(),
    onInterrupt: z.enum(["retry", "fail"]).optional(),
    idempotencyKey: z.string().min(1).max(256).optional(),
  })
  .openapi("TaskInput");
export type TaskInput = z.infer<typeof taskInput>;

export const taskView = z
  .object({
    id: z.string(),
    state: taskState,
    agent: z.string().optional().openapi({ description: "The agent it was asked of, or that it was given to." }),
    capability: z.string().optional(),
    priority,
    input: anyJson,
    timeoutMs: z.number(),
    retries: z.number().int(),
    dependsOn: z.array(z.string()),
    attempts: z.number().int(),
    output: anyJson.optional(),
    outputBytes: z.number().int().optional(),
    error: z
      .object({
        reason: z.string(),
        message: z.string(),
        code: z.string().optional(),
        exitCode: z.number().int().optional(),
        signal: z.string().optional(),
        status: z.number().int().optional(),
        stderrTail: z.string().optional(),
      })
      .optional(),
    waitingFor: z.string().optional().openapi({ description: "What a waiting or queued task waits for, in words." }),
    decision: anyJson.optional().openapi({ description: "The scheduler's last decision about it." }),
    effects: z.array(effect).openapi({ description: "Its newest attempts, oldest first." }),
    submittedBy: z.string(),
    submittedAtMs: atMs,
    startedAtMs: atMs.optional(),
    endedAtMs: atMs.optional(),
    durationMs: z.number().optional(),
  })
  .openapi("Task");
export type TaskView = z.infer<typeof taskView>;

/** `output` is the whole of it, also what was too large for the event. */
export const taskOutput = z
  .object({ id: z.string(), state: taskState, output: anyJson.optional(), outputBytes: z.number().int().optional() })
  .openapi("TaskOutput");
export type TaskOutput = z.infer<typeof taskOutput>;
