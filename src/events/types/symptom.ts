import { z } from "zod";
import { fact } from "../entry.ts";

const agent = z.object({ agentId: z.string() });
const attempt = agent.extend({ taskId: z.string(), attempt: z.number().int().positive() });
const upstream = attempt.extend({ model: z.string().optional(), status: z.number().int().optional() });

/** What the detectors conclude from what agents say and how their attempts end. */
export const symptomTypes = {
  "agent.rate_limited": fact(
    "An attempt failed because its upstream is asked too often (429).",
    upstream.extend({ retryAfterMs: z.number().min(0).describe("As the upstream asked, else as configured.") }),
    "warning",
  ),
  "agent.quota_spent": fact(
    "An attempt failed because nothing is left of what its upstream allows or was paid for.",
    upstream,
    "error",
  ),
  "agent.provider_down": fact(
    "Attempts in a row failed because the provider of the agent's model answers with errors, or not at all.",
    upstream.extend({ failures: z.number().int().positive().describe("In a row, with this model.") }),
    "error",
  ),
  "agent.context_exceeded": fact(
    "An attempt failed because it gave its model more than fits.",
    upstream.extend({ limit: z.number().optional().describe("Tokens that fit, where the upstream said so.") }),
    "warning",
  ),
  "agent.output_malformed": fact(
    "An attempt failed because the agent, or its model in a tool call, said something that breaks its format.",
    upstream.extend({ code: z.string().optional() }),
    "warning",
  ),
  "agent.repeating": fact(
    "In one attempt the model asks for the same tool with the same arguments again and again.",
    attempt.extend({
      tool: z.string(),
      times: z.number().int().positive(),
      within: z.number().int().positive().describe("Newest calls that were looked at."),
    }),
    "warning",
  ),
  "agent.stalled": fact(
    "An attempt that used to report has said nothing for long.",
    attempt.extend({ silentMs: z.number() }),
    "warning",
  ),
  "agent.flooding": fact(
    "An attempt writes more lines than anybody can read.",
    attempt.extend({ lines: z.number().int(), withinMs: z.number() }),
    "warning",
  ),
  "agent.hung": fact(
    "An attempt was ended because it had reached its time limit.",
    attempt.extend({ ranMs: z.number(), ended: z.number().int().describe("Processes that were ended.") }),
    "warning",
  ),
  "agent.crash_looping": fact(
    "Processes of an agent ended by themselves, badly, again and again.",
    agent.extend({
      taskId: z.string().optional().describe("The task that met the newest of them."),
      exits: z.number().int().positive(),
      withinMs: z.number(),
      configVersion: z.number().int().optional().describe("The configuration of the newest attempt."),
      goodVersion: z
        .number()
        .int()
        .optional()
        .describe("The configuration under which a task last succeeded, where that is another one."),
    }),
    "error",
  ),
  "agent.slow": fact(
    "The agent's model calls take far longer than they used to, or than their budget.",
    attempt.extend({
      model: z.string(),
      medianMs: z.number().describe("Of the newest calls."),
      calls: z.number().int().positive().describe("How many calls that is the median of."),
      limitMs: z.number().describe("What the median has passed."),
      habitMs: z.number().optional().describe("Median of the calls before, where there were enough."),
    }),
    "warning",
  ),
};
