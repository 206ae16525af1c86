import { z } from "zod";
import { json, priority, risk, target } from "../../events/vocabulary.ts";
import { conditionSource } from "./condition-source.ts";

/** A reference to a fact, for example `{"$ref": "event.data.agentId"}`: a whole value, never part of a text. */
export const reference = z
  .strictObject({ $ref: z.string().min(1).describe("A path into the facts, for example event.data.agentId.") })
  .meta({ id: "reference" });

/** A playbook's name; its file bears it too. */
const playbookId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "lower-case letters, digits, `_` and `-`, at most 64");

const params = z.record(z.string(), json).describe("Parameters; any value may be a reference.");
const durationMs = z
  .number()
  .int()
  .min(0)
  .max(7 * 86_400_000);

const trigger = z.strictObject({
  event_type: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe("The event type, exact or with * (one segment) and ** (the rest)."),
  absent: z
    .strictObject({
      event_type: z.string().min(1).max(128).describe("The event that is awaited."),
      for: z.string().describe('How long it may stay away, for example "5m".'),
      by: z.string().optional().describe('Events with the same value here are awaited apart; "agent" for each agent.'),
      where: conditionSource.optional(),
    })
    .optional()
    .describe("Instead of event_type: it begins when an event stays away."),
  conditions: conditionSource.optional(),
});

const action = z.strictObject({
  type: z.string().describe("The action kind."),
  target: json.optional().describe("Short for the parameter `target`: a selection, an id or a reference."),
  params: params.optional(),
  onFailure: z
    .enum(["stop", "continue"])
    .optional()
    .describe("What follows when the action fails: stop (default) and roll back, or continue."),
});

const check = z.strictObject({ check: z.string(), params: params.optional() });

const validation = z
  .object({
    check: z.string().describe("The check that reads another signal than the action's own result."),
    params: params.optional(),
    settleMs: durationMs.optional().describe("Wait before the first probe."),
    probes: z.number().int().min(1).max(100).optional().describe("How often the signal is read."),
    required: z.number().int().min(1).max(100).optional().describe("How many probes must say yes."),
    intervalMs: durationMs.min(10).optional().describe("Wait between two probes."),
    timeoutMs: durationMs.min(10).optional().describe("For all probes together."),
  })
  .catchall(json)
  .describe("How success is verified. Members that are not named here are parameters of the check.");

export const parameterSource = z.strictObject({
  type: z.enum(["string", "number", "integer", "boolean"]),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  description: z.string().optional(),
});

export const exampleSource = z.strictObject({
  name: z.string().optional(),
  event: z.strictObject({
    type: z.string(),
    data: z.record(z.string(), json).optional(),
    severity: z.string().optional(),
    subject: z.string().optional(),
  }),
  before: z
    .array(
      z.strictObject({
        type: z.string(),
        data: z.record(z.string(), json).optional(),
        subject: z.string().optional(),
        ago: z.string().describe('How long before the event, for example "2m".'),
      }),
    )
    .max(1_000)
    .optional()
    .describe("What came before the event, for conditions that ask for it."),
  facts: z.partialRecord(z.enum(["agent", "task", "failure", "clock"]), json).optional(),
  expect: z.enum(["match", "no_match"]),
});

/** A playbook as written in a file: the seed's short form and the full one. Nothing is filled in yet. */
export const playbookSource = z.strictObject({
  $schema: z.string().optional(),
  id: playbookId.describe("Unique; the file bears its name."),
  name: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  enabled: z.boolean().optional(),
  draft: z
    .literal(true)
    .optional()
    .describe("It is not finished: actions and validation may be missing, and it never acts. Take it out when it is."),
  priority: priority.optional(),
  trigger,
  target: z
    .strictObject({ kind: target.shape.kind, id: z.union([z.string().min(1), reference]) })
    .optional()
    .describe("What is locked and counted; the event's agent, else the host, unless told."),
  prechecks: z.array(check).max(20).optional().describe("All must hold before anything is done."),
  parameters: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), parameterSource).optional(),
  actions: z
    .array(action, "it does nothing: name at least one action, as [{type, params}]")
    .max(20)
    .describe("What is done, in order."),
  validation: validation.optional(),
  rollback: z.boolean().optional().describe("Whether a fix that did not help is undone (default true)."),
  next: playbookId
    .optional()
    .describe("The playbook that goes on where this one did not verifiably help; after the last one a person is told."),
  risk: risk.optional().describe("At least this risk, whatever the actions are."),
  grants: z.array(z.string()).optional().describe("What the actions may touch; nothing else is allowed."),
  cooldownMs: durationMs.optional().describe("Between two runs on one target."),
  maxTargets: z.number().int().min(1).max(100).optional().describe("A longer selection is refused (default 5)."),
  tests: z.array(exampleSource).optional().describe("Events that must match and events that must not."),
});
export type PlaybookSource = z.infer<typeof playbookSource>;
