import { z } from "@hono/zod-openapi";
import { AGENT_ID, AGENT_ID_ADVICE, agentAlternative, agentShadow, agentTuning } from "../../events/types/agent.ts";
import { restartPolicy, strategy } from "../../events/vocabulary.ts";
import { anyJson, atMs, id } from "./common.ts";

export const agentState = z.enum(["idle", "running", "blocked", "degraded", "archived"]);
export const breakerState = z.enum(["closed", "open", "half_open"]);

const policy = z.object({
  failureThreshold: z.number().int().positive(),
  cooldownMs: z.number().int().positive(),
  openMs: z.number().int().positive(),
  archiveAfterProbes: z.number().int().positive(),
});

const alternative = agentAlternative.extend({ config: z.record(z.string(), anyJson).optional() });

export const agentInput = z
  .strictObject({
    id: id.regex(AGENT_ID, AGENT_ID_ADVICE),
    kind: id,
    config: anyJson,
    capabilities: z.array(id).max(100).optional(),
    group: id.optional(),
    concurrency: z.number().int().positive().max(1000).optional(),
    policy: policy.partial().strict().optional(),
    tuning: agentTuning.optional(),
    alternatives: z.array(alternative).max(20).optional(),
    shadow: agentShadow.optional(),
  })
  .openapi("AgentInput");
export type AgentInput = z.infer<typeof agentInput>;

/** A share of successes; `value` is null until there is something to divide by. */
export const rate = z.object({ value: z.number().nullable(), n: z.number().int() }).openapi("Rate");

export const agentView = z
  .object({
    id: z.string(),
    kind: z.string(),
    config: anyJson,
    configVersion: z.number().int(),
    configHash: z.string(),
    capabilities: z.array(z.string()),
    group: z.string().optional(),
    concurrency: z.number().int(),
    policy,
    tuning: agentTuning.optional(),
    alternatives: z.array(alternative).optional(),
    shadow: agentShadow.optional(),
    state: agentState,
    breaker: breakerState,
    accepting: z.enum(["yes", "drained", "stopped", "archived"]),
    sinceMs: atMs.openapi({ description: "When it came into this state." }),
    running: z.array(z.string()).openapi({ description: "Ids of its running tasks." }),
    success: rate,
    tasks: z.object({ succeeded: z.number().int(), failed: z.number().int() }),
    processes: z.array(z.object({ pid: z.number().int(), startTime: z.string() })),
    usage: z
      .object({ cpuPercent: z.number().optional(), memoryMiB: z.number().optional(), atMs })
      .optional()
      .openapi({ description: "The sensor's last reading; absent until there is one." }),
    supervision: z
      .object({
        supervisor: z.string().openapi({ description: "The actor that looks after its resident process." }),
        restart: restartPolicy,
        strategy,
        state: z.enum(["watching", "waiting", "escalated"]),
        restarts: z.number().int().openapi({ description: "Of this supervisor so far." }),
        down: z.boolean().openapi({ description: "Whether it waits for its restart, or was given up." }),
      })
      .optional()
      .openapi({ description: "Of a resident agent that names `restart`." }),
    lastError: z.string().optional(),
  })
  .openapi("Agent");
export type AgentView = z.infer<typeof agentView>;

export const configurationInput = z.strictObject({ config: anyJson }).openapi("ConfigurationInput");
export const configurationVersion = z
  .object({
    version: z.number().int(),
    config: anyJson,
    configHash: z.string(),
    by: z.string(),
    atMs,
    current: z.boolean(),
    restores: z.number().int().optional(),
    run: z.string().optional(),
  })
  .openapi("ConfigurationVersion");
export type ConfigurationVersion = z.infer<typeof configurationVersion>;

export const agentCommand = z.enum(["start", "stop", "drain", "reset", "archive"]);
export type AgentCommand = z.infer<typeof agentCommand>;
