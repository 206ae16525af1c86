import { z } from "zod";
import {
  AGENT_ID,
  AGENT_ID_ADVICE,
  agentAlternative,
  agentPolicy,
  agentShadow,
  agentTuning,
} from "../events/types/agent.ts";
import { json, priority, strategy } from "../events/vocabulary.ts";
import { ms } from "./duration.ts";

const policy = z.strictObject(agentPolicy.partial().shape);

/** An agent declared in the file instead of being registered over HTTP. */
const declaredAgent = z.strictObject({
  id: z.string().regex(AGENT_ID, AGENT_ID_ADVICE).describe("Its name in events, tasks and tokens."),
  kind: z.string().default("process").describe("What it is: `process` or `http`."),
  config: json.describe("As its kind asks for; docs/reference/agent-protocol.md says how."),
  capabilities: z.array(z.string()).default([]).describe("What tasks may ask for instead of naming an agent."),
  group: z.string().optional().describe("Agents of one group are never all worked on at once."),
  concurrency: z.number().int().positive().default(1).describe("Tasks it may have at once."),
  policy: policy.optional().describe("Its own limits; what is left out is taken from `agents.policy`."),
  tuning: agentTuning.optional().describe("Time limit, retries, waits and advice of its tasks."),
  alternatives: z
    .array(agentAlternative)
    .optional()
    .describe("Changes of its configuration that are tried when it keeps failing."),
  shadow: agentShadow.optional(),
});

const group = z.strictObject({
  strategy: strategy.describe(
    "Who begins again with a resident that failed: nobody else, all of the group, or those registered after it.",
  ),
  restarts: z.number().int().min(0).optional().describe("Restarts that are borne within `withinMs`."),
  withinMs: ms.optional().describe("One restart more in this time, and a person is called instead."),
  backoff: z
    .strictObject({ firstMs: ms.optional(), factor: z.number().min(1).optional(), maxMs: ms.optional() })
    .optional()
    .describe("Pauses before restarts. What is left out is taken from `supervision.residents`."),
});

export const tasks = z
  .strictObject({
    maxConcurrent: z.number().int().positive().default(3).describe("Tasks that run at once, over all agents."),
    timeoutMs: ms.default(300_000).describe("After this an attempt is ended, with all it started."),
    retries: z.number().int().min(0).default(2).describe("Further attempts after the first."),
    priority: priority.default("P2").describe("P0 goes first, P3 last but never for ever."),
    maxQueued: z
      .number()
      .int()
      .positive()
      .default(10_000)
      .describe("Tasks that may wait before new ones are refused with 429."),
    backoff: z
      .strictObject({
        firstMs: ms.default(1000).describe("Longest wait before the second attempt; the shortest is half of it."),
        factor: z.number().min(1).default(2).describe("Growth from one wait to the next."),
        maxMs: ms.default(60_000).describe("No wait is longer."),
      })
      .prefault({})
      .describe("Waits between the attempts of a task."),
    retryBudget: z
      .strictObject({
        share: z.number().min(0).max(1).default(0.2).describe("Of the tasks that arrived."),
        atLeast: z.number().int().min(0).default(100).describe("So many in any case."),
      })
      .prefault({})
      .describe(
        "Further attempts in an hour, over all agents. Beyond it a task that fails is a dead letter. Those that remedies ask for are measured by themselves alone.",
      ),
  })
  .prefault({})
  .describe("What a task gets when it asks for nothing else.");

export const agents = z
  .strictObject({
    policy: policy.prefault({}).describe("Limits of agents that name none of their own."),
    graceMs: ms.default(10_000).describe("Between asking a process to end and ending it by force."),
    groups: z
      .record(z.string().min(1).max(128), group)
      .default({})
      .describe("Groups whose resident agents are looked after together, by name."),
    declared: z.array(declaredAgent).default([]).describe("Agents that are registered at every start."),
  })
  .prefault({})
  .describe("The agents.");
