import { z } from "zod";
import { fact } from "../entry.ts";
import { json, outcome, priority, reactorMode, risk, rollback, severity, target } from "../vocabulary.ts";

const trigger = z.object({ id: z.string(), sequence: z.number().int(), type: z.string(), at: z.number() });
const run = z.object({ runId: z.string() });

/** Where in the journal a decision was made. With it the same decision can be made again from the journal alone. */
export const decided = z.object({
  after: z.number().int().min(0).describe("The last event that was known."),
  at: z.number().describe("When, in epoch milliseconds."),
  calledAfter: z
    .number()
    .int()
    .optional()
    .describe("The last event that was known when its playbooks were called, where that was not the trigger itself."),
  pulled: z.literal(true).optional().describe("The kill switch was pulled as a file."),
});
export type Decided = z.infer<typeof decided>;

const subject = run.extend({
  playbookId: z.string(),
  target,
  trigger,
  decided: decided
    .optional()
    .describe("Absent in journals of older engines, and where a run that had begun is settled."),
});
const step = run.extend({ step: z.number().int().min(0), action: z.string(), key: z.string() });

/** One action with every reference resolved: exactly what will be done. */
export const planStep = z.object({
  action: z.string(),
  params: z.record(z.string(), json),
  onFailure: z.enum(["stop", "continue"]),
  risk,
  reversible: z.boolean(),
  idempotent: z.boolean(),
  says: z.string(),
  agents: z.array(z.string()).describe("Agents that it works on."),
  code: z.string().optional().describe("Of an action of one's own: hash of the file that the plan was made with."),
});
export type PlanStep = z.infer<typeof planStep>;

export const planValidation = z.object({
  check: z.string(),
  params: z.record(z.string(), json),
  settleMs: z.number().min(0),
  intervalMs: z.number().positive(),
  probes: z.number().int().positive(),
  required: z.number().int().positive(),
  timeoutMs: z.number().positive(),
});

/** A run decided in full before anything is done; its hash is what an approval is bound to. */
export const plan = z.object({
  playbookHash: z.string(),
  prechecks: z.array(z.object({ check: z.string(), params: z.record(z.string(), json) })),
  steps: z.array(planStep),
  validation: planValidation,
  rollback: z.boolean(),
  risk,
  riskWhy: z.array(z.string()),
  needsApproval: z.boolean(),
  grants: z.array(z.string()),
});
export type Plan = z.infer<typeof plan>;

const via = z
  .enum(["trigger", "lesson", "manual", "chain"])
  .describe("`chain`: it goes on where the playbook before it did not verifiably help.");
export type Via = z.infer<typeof via>;

/** A run that did not verifiably help and took back what it changed, so that a firmer one follows. */
const chainStep = run.extend({ playbookId: z.string(), outcome, rollback, reason: z.string() });
export type ChainStep = z.infer<typeof chainStep>;

const chain = {
  next: z.string().optional().describe("The playbook that goes on where this one does not verifiably help."),
  after: z.array(chainStep).optional().describe("The runs of a chain before this one, oldest first."),
};

/** Everything `playbook.matched` fixes about a run. */
export const runOrder = subject.extend({
  via,
  mode: reactorMode,
  priority,
  plan,
  planHash: z.string(),
  targetVersion: z.string(),
  why: z.array(z.string()),
  fingerprint: z.string().optional(),
  lessonId: z.string().optional(),
  agentId: z.string().optional(),
  taskId: z.string().optional(),
  approvalExpiresAtMs: z.number(),
  ...chain,
});
export type RunOrder = z.infer<typeof runOrder>;

export const playbookTypes = {
  "playbook.loaded": fact(
    "The rule set was read; what was refused is named with its reason.",
    z.object({
      loaded: z.array(z.object({ id: z.string(), hash: z.string(), enabled: z.boolean() })),
      refused: z.array(z.object({ file: z.string(), reason: z.string() })),
    }),
  ),
  "playbook.reload_refused": fact(
    "Changed files were refused, and the others adopted. `kept`: the version before is in force instead.",
    z.object({
      refused: z.array(z.object({ file: z.string(), reason: z.string(), kept: z.literal(true).optional() })),
    }),
    "warning",
  ),
  "playbook.drafted": fact(
    "A failure that keeps coming has a lesson and no playbook that answers it: one was drafted for a person to finish.",
    z.object({
      playbookId: z.string(),
      fingerprint: z.string(),
      ruleVersion: z.number().int(),
      lessonId: z.string(),
      template: z.string().describe("The message with its values masked."),
      tasks: z.number().int().positive(),
      evidence: z.array(z.string()).describe("Tasks that it struck."),
      examples: z.array(
        z.object({
          taskId: z.string(),
          agentId: z.string(),
          attempt: z.number().int(),
          reason: z.string(),
          code: z.string().optional(),
          exitCode: z.number().int().optional(),
          status: z.number().int().optional(),
        }),
      ),
    }),
    "warning",
  ),
  "playbook.draft_withdrawn": fact(
    "A drafted playbook no longer waits for a person.",
    z.object({
      playbookId: z.string(),
      fingerprint: z.string(),
      why: z
        .enum(["answered", "renamed", "too_many"])
        .describe("A playbook answers the failure; it goes by another fingerprint now; newer drafts took its place."),
      by: z.string().optional().describe("That playbook, or that fingerprint."),
      evidence: z.string().optional().describe("The event that shows it."),
    }),
  ),
  "playbook.run_requested": fact(
    "A person starts a playbook on an event, with values for its parameters.",
    z.object({
      playbookId: z.string(),
      by: z.string(),
      event: z
        .object({ type: z.string(), data: json, subject: z.string().optional(), severity: severity.optional() })
        .describe("What the run is about: one that happened or an imagined one."),
      parameters: z.record(z.string(), json),
    }),
  ),
  "playbook.enabled": fact("A playbook may act again.", z.object({ playbookId: z.string(), by: z.string() })),
  "playbook.disabled": fact("A playbook no longer acts.", z.object({ playbookId: z.string(), by: z.string() })),
  "playbook.matched": fact("A playbook was chosen, its target locked, its plan fixed.", runOrder),
  "playbook.suppressed": fact(
    "A playbook matched but a limit kept it from acting.",
    subject.extend({
      reason: z.string(),
      detail: z.string(),
      agentId: z.string().optional().describe("The agent it was about."),
      planHash: z.string().optional(),
      after: chain.after,
      fingerprint: z.string().optional().describe("Of the failure that a chain is about."),
    }),
  ),
  "playbook.absence": fact(
    "An event that a playbook waits for stayed away for longer than it may.",
    z.object({
      playbookId: z.string(),
      awaited: z.string().describe("The type of the event that did not come."),
      by: z.string().optional().describe("The path by which events are told apart."),
      key: z.string().describe("The value there whose events stayed away; empty where all belong together."),
      agentId: z.string().optional().describe("The agent it is about, where events are told apart by agent."),
      forMs: z.number().positive(),
      lastSequence: z.number().int().min(0).describe("The last event that came; 0 when none ever did."),
      lastAtMs: z.number().optional(),
    }),
    "warning",
  ),
  "run.prechecked": fact(
    "The pre-checks were read.",
    run.extend({
      ok: z.boolean(),
      checks: z.array(z.object({ check: z.string(), ok: z.boolean().nullable(), detail: z.string() })),
    }),
  ),
  "run.step_started": fact(
    "An action begins; written before its effect. `before` is what undo will need.",
    step.extend({
      attempt: z.number().int().positive().describe("Counted over restarts of the engine."),
      before: json.optional(),
    }),
  ),
  "run.step_completed": fact(
    "An action ended. An exit code or an answer is not yet an outcome.",
    step.extend({ ok: z.boolean(), detail: z.string(), evidence: json.optional() }),
  ),
  "playbook.executed": fact(
    "A playbook's actions were executed. This says nothing about whether they helped.",
    run.extend({ playbookId: z.string(), target, ok: z.boolean(), steps: z.number().int(), rehearsed: z.boolean() }),
  ),
  "run.probed": fact(
    "The validation read its signal once; `ok` is null when it could not be read.",
    run.extend({
      probe: z.number().int().positive(),
      ok: z.boolean().nullable(),
      reading: json,
      detail: z.string(),
    }),
    "debug",
  ),
  "run.undo_started": fact(
    "An action is being undone; written before its effect.",
    step.extend({ attempt: z.number().int().positive().optional().describe("Counted over restarts of the engine.") }),
  ),
  "run.undo_completed": fact(
    "An undo ended; `same` tells whether the state equals the one before, compared.",
    step.extend({ ok: z.boolean(), same: z.boolean().nullable(), detail: z.string() }),
  ),
  "playbook.settled": fact(
    "A run is over: its verdict, what became of its changes, and why.",
    subject.extend({
      outcome,
      rollback,
      reason: z.string(),
      via,
      rehearsed: z.boolean(),
      fingerprint: z.string().optional(),
      lessonId: z.string().optional(),
      agentId: z.string().optional(),
      taskId: z.string().optional(),
      residue: z.array(z.string()),
      settleMs: z.number(),
      ...chain,
    }),
  ),
  "playbook.relapsed": fact(
    "A trigger came back inside the relapse watch: the run no longer counts as fixed.",
    run.extend({
      playbookId: z.string(),
      target,
      fingerprint: z.string().optional(),
      lessonId: z.string().optional(),
      agentId: z.string().optional(),
      again: z.string(),
    }),
    "warning",
  ),
  "approval.requested": fact(
    "A plan waits for a person.",
    z.object({
      approvalId: z.string(),
      runId: z.string(),
      playbookId: z.string(),
      target,
      planHash: z.string(),
      targetVersion: z.string(),
      risk,
      why: z.array(z.string()),
      expiresAtMs: z.number(),
      proposedBy: z.string(),
    }),
    "warning",
  ),
  "approval.decided": fact(
    "A person approved or rejected a plan, or nobody did in time.",
    z.object({
      approvalId: z.string(),
      runId: z.string(),
      decision: z.enum(["approved", "rejected", "expired"]),
      by: z.string(),
      planHash: z.string(),
      reason: z.string(),
    }),
  ),
};
