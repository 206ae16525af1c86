import { z } from "zod";
import { fact } from "../entry.ts";
import { decision, failureFacts, failureReason, json, priority } from "../vocabulary.ts";

/** What was asked for. The scheduler fills in every default before this is journaled. */
export const taskSpec = z.object({
  id: z.string(),
  agentId: z.string().optional(),
  capability: z.string().optional(),
  input: json,
  priority,
  timeoutMs: z.number().int().positive(),
  retries: z.number().int().min(0).describe("Further attempts after the first."),
  dependsOn: z.array(z.string()),
  onInterrupt: z.enum(["retry", "fail"]).describe("What happens to an attempt that a crash of the engine interrupted."),
  submittedBy: z.string(),
  pinned: z
    .array(z.enum(["timeoutMs", "retries"]))
    .optional()
    .describe("What the submitter named: an agent's own tuning does not replace it."),
});
export type TaskSpec = z.infer<typeof taskSpec>;

const task = z.object({ taskId: z.string() });
const attempt = task.extend({ agentId: z.string(), attempt: z.number().int().positive() });
const usage = z.object({
  inputTokens: z.number().optional(),
  outputTokens: z.number().optional(),
  model: z.string().optional(),
  durationMs: z.number().optional().describe("How long the model calls took."),
  costUsd: z.number().optional(),
});

export const taskTypes = {
  "task.submitted": fact("A task was accepted.", z.object({ task: taskSpec })),
  "task.decided": fact(
    "The scheduler decided when and where a task runs, and why.",
    task.extend({ decision }),
    "debug",
  ),
  "task.started": fact(
    "An attempt begins.",
    attempt.extend({
      key: z.string(),
      deadlineAtMs: z.number(),
      configVersion: z.number().int(),
      probe: z.boolean(),
      lessons: z.array(z.string()),
    }),
  ),
  "task.progress": fact(
    "The agent reports how far it is.",
    attempt.extend({ ratio: z.number().optional(), message: z.string().optional() }),
    "debug",
  ),
  "task.usage": fact("The agent reports what it used.", attempt.extend({ usage }), "debug"),
  "task.tool_called": fact(
    "The agent's model asked for a tool. Of the arguments only their hash is kept.",
    attempt.extend({
      tool: z.string(),
      call: z.string().describe("The same for the same tool with the same arguments."),
      malformed: z.boolean().optional().describe("True where the arguments are a text that is not JSON."),
    }),
    "debug",
  ),
  "task.log": fact(
    "The agent reports a line of its log.",
    attempt.extend({ level: z.string().optional(), message: z.string() }),
    "debug",
  ),
  "task.attempt_failed": fact(
    "One attempt failed; feeds breaker and fingerprint.",
    attempt.extend({
      key: z.string(),
      reason: failureReason,
      error: failureFacts,
      durationMs: z.number(),
      contained: z
        .object({ ended: z.array(z.number()), remaining: z.array(z.number()), signal: z.string() })
        .optional()
        .describe("What the scheduler ended without a playbook, for example a hung process tree."),
      retryAtMs: z.number().optional().describe("When the next attempt may begin; absent when there is none."),
      withheld: z
        .literal("retry_budget")
        .optional()
        .describe("Its task would have had another attempt, but too much is tried again already."),
    }),
    "warning",
  ),
  "task.succeeded": fact(
    "The task ended well. Output over 64 KiB is kept in a file and only its size stands here.",
    attempt.extend({
      key: z.string(),
      durationMs: z.number(),
      output: json.optional(),
      outputBytes: z.number().int(),
    }),
  ),
  "task.failed": fact(
    "The task ended badly: `failed` cannot be retried, `dead` spent its retries and has a dead letter.",
    task.extend({
      agentId: z.string().optional(),
      state: z.enum(["failed", "dead"]),
      attempts: z.number().int(),
      reason: failureReason,
      error: failureFacts,
    }),
    "error",
  ),
  "task.cancel_requested": fact(
    "Somebody asked to cancel a task.",
    task.extend({ by: z.string(), reason: z.string() }),
  ),
  "task.cancelled": fact(
    "The task was cancelled and nothing of it runs any more.",
    task.extend({ agentId: z.string().optional(), by: z.string(), reason: z.string() }),
  ),
  "task.retried": fact(
    "A task that had ended is queued again, by a remedy or from its dead letter.",
    task.extend({
      by: z.string(),
      agentId: z.string().optional(),
      runId: z.string().optional(),
      probe: z.boolean().describe("A remedy vouches for it: a blocked or degraded agent lets it through as its probe."),
      task: taskSpec,
      attempts: z.number().int().min(0).describe("Attempts made so far."),
    }),
  ),
};
