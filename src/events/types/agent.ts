import { z } from "zod";
import { fact } from "../entry.ts";
import { agentState, breakerState, json, processIdentity } from "../vocabulary.ts";

/** An agent's id is part of paths and subjects: it may name no other place. */
export const AGENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
export const AGENT_ID_ADVICE = "letters, digits, `.`, `_` or `-`, beginning with a letter or digit, at most 128";

/** When an agent's breaker opens, how long failures cool down, and when a person must look. */
export const agentPolicy = z.object({
  failureThreshold: z.number().int().positive().describe("Failed attempts in a row that open the breaker."),
  cooldownMs: z.number().int().positive().describe("How long an agent is blocked after a failed attempt."),
  openMs: z.number().int().positive().describe("How long the breaker stays open before one probe."),
  archiveAfterProbes: z.number().int().positive().describe("Failed probes after which the agent is archived."),
});
export type AgentPolicy = z.infer<typeof agentPolicy>;

/** What holds for an agent's tasks beside its kind's own configuration. What is left out is the engine's default. */
export const agentTuning = z.strictObject({
  timeoutMs: z.number().int().positive().optional().describe("Time limit of tasks that name none."),
  retries: z.number().int().min(0).optional().describe("Further attempts of tasks that name none."),
  backoff: z
    .strictObject({
      firstMs: z.number().int().positive(),
      factor: z.number().min(1),
      maxMs: z.number().int().positive(),
    })
    .optional()
    .describe("Waits between its attempts."),
  advice: z.array(z.string().min(1).max(1_000)).max(5).optional().describe("Handed to it with every task."),
});
export type AgentTuning = z.infer<typeof agentTuning>;

/** A change that a person wrote down beforehand for the engine to try when the agent keeps failing. */
export const agentAlternative = z.strictObject({
  kind: z.enum(["model", "command", "environment", "advice"]),
  config: z.record(z.string(), json).optional().describe("JSON merge patch on its configuration."),
  advice: z.string().min(1).max(1_000).optional().describe("Handed to it with every task."),
});
export type AgentAlternative = z.infer<typeof agentAlternative>;

/** Without it none of its tasks is ever copied: only who wrote the agent knows what a second run does outside. */
export const agentShadow = z
  .literal("safe")
  .describe(
    "Its tasks may be run a second time beside themselves: nothing that they do outside is done twice by that.",
  );
export type AgentShadow = z.infer<typeof agentShadow>;

const inShadow = z
  .literal(true)
  .optional()
  .describe("It ran a copy of a task for a change in shadow: neither is the agent's own.");

export const agentSpec = z.object({
  id: z.string(),
  kind: z.string(),
  config: json,
  capabilities: z.array(z.string()),
  group: z.string().optional(),
  concurrency: z.number().int().positive(),
  policy: agentPolicy,
  tuning: agentTuning.optional(),
  alternatives: z.array(agentAlternative).optional(),
  shadow: agentShadow.optional(),
});
export type AgentSpec = z.infer<typeof agentSpec>;

const agent = z.object({ agentId: z.string() });
const decided = agent.extend({ by: z.string(), reason: z.string() });

export const agentTypes = {
  "agent.registered": fact(
    "An agent is known from now on, or registered anew with another configuration.",
    z.object({ agent: agentSpec, configHash: z.string(), by: z.string() }),
  ),
  "agent.configured": fact(
    "An agent's configuration has a new version.",
    agent.extend({
      version: z.number().int().positive(),
      config: json,
      configHash: z.string(),
      by: z.string(),
      runId: z.string().optional(),
      restores: z.number().int().optional().describe("The version whose content this one restores."),
      tuning: agentTuning.optional().describe("Replaces the agent's tuning; absent where that stays."),
      concurrency: z.number().int().positive().optional().describe("Tasks it may have at once from now on."),
    }),
  ),
  "agent.state_changed": fact(
    "An agent moved from one state to another.",
    agent.extend({ from: agentState, to: agentState, breaker: breakerState, reason: z.string() }),
  ),
  "agent.degraded": fact(
    "An agent's breaker opened after repeated failures.",
    agent.extend({ failures: z.number().int(), untilMs: z.number(), reason: z.string() }),
    "error",
  ),
  "agent.reset": fact(
    "An agent is sent back to idle with its breaker closed.",
    decided.extend({ runId: z.string().optional() }),
  ),
  "agent.archived": fact("An agent takes no more work.", decided, "warning"),
  "agent.scaled": fact(
    "An agent may have another number of tasks at once.",
    agent.extend({ concurrency: z.number().int().positive(), by: z.string() }),
  ),
  "agent.drained": fact(
    "An agent takes no new task; what runs may finish.",
    decided.extend({ untilMs: z.number().optional().describe("When it takes tasks again by itself.") }),
  ),
  "agent.stopped": fact(
    "An agent's process was ended on purpose and stays down until it is started.",
    decided.extend({ ended: z.array(z.number()) }),
  ),
  "agent.resumed": fact("An agent that was stopped or drained takes tasks again.", decided),
  "agent.process_started": fact(
    "A process of an agent runs.",
    agent.extend({ process: processIdentity, taskId: z.string().optional(), shadow: inShadow }),
  ),
  "agent.process_exited": fact(
    "A process of an agent ended.",
    agent.extend({
      pid: z.number().int(),
      startTime: z.string(),
      exitCode: z.number().int().nullable(),
      signal: z.string().nullable(),
      expected: z.boolean(),
      shadow: inShadow,
    }),
  ),
  "agent.resident_ended": fact(
    "A resident process ended, or did not begin, and nobody had asked it to: its supervisor hears of it.",
    agent.extend({
      supervisor: z.string(),
      failed: z.boolean().describe("False when it ended with exit code 0."),
      reason: z.string(),
    }),
    "warning",
  ),
  "agent.resident_changed": fact(
    "A supervisor's effect on a resident process has its outcome: it runs again, or was ended for another's sake.",
    agent.extend({
      supervisor: z.string(),
      did: z.enum(["restarted", "ended"]),
      key: z.string().describe("The effect's own."),
      attempt: z.number().int().positive().describe("Restarts of this supervisor so far, this one among them."),
      reason: z.string(),
    }),
  ),
  "agent.heartbeat": fact(
    "A resident agent's first heartbeat, or the first after a silence.",
    agent.extend({ pid: z.number().int().optional() }),
    "debug",
  ),
};
