import { z } from "@hono/zod-openapi";
import { anyJson, atMs, effect, id, reactorMode, risk, severity, target } from "./common.ts";

export const outcome = z.enum(["fixed", "not_fixed", "unverified", "relapsed", "refused", "suppressed", "expired"]);
export const rollback = z.enum(["none", "rolled_back", "residue"]);

/** On what, and how often, a playbook verifiably helped; the interval holds with 95 % confidence. */
const proven = z
  .object({
    on: z.enum(["everything", "target", "failure"]),
    of: z.string().optional().openapi({ description: "The kind of target, or the fingerprint of the failure." }),
    fixed: z.number().int(),
    notFixed: z.number().int().openapi({ description: "Relapses among them; what nobody could verify is left out." }),
    share: z.object({ mean: z.number(), low: z.number(), high: z.number() }).nullable(),
  })
  .openapi("Proven");
export type Proven = z.infer<typeof proven>;

export const playbookView = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string().optional(),
    enabled: z.boolean(),
    hash: z.string(),
    file: z.string(),
    eventType: z.string(),
    risk,
    actions: z.array(z.string()),
    check: z.string().optional(),
    next: z.string().optional().openapi({ description: "The playbook that goes on where this one does not help." }),
    tested: z.boolean().openapi({ description: "Carries examples; without them each run asks a person." }),
    runs: z.object({ settled: z.number().int(), fixed: z.number().int(), notFixed: z.number().int() }),
    success: z.object({ value: z.number().nullable(), n: z.number().int() }),
    proven: z.array(proven).optional().openapi({ description: "Where one playbook is asked for." }),
    document: anyJson.optional(),
  })
  .openapi("Playbook");
export type PlaybookView = z.infer<typeof playbookView>;
export const refusedPlaybook = z
  .object({
    file: z.string(),
    reason: z.string(),
    kept: z.literal(true).optional().openapi({ description: "The version before is in force instead." }),
  })
  .openapi("RefusedPlaybook");
export type RefusedPlaybook = z.infer<typeof refusedPlaybook>;

/** A playbook that was drafted for a failure that none answers. */
export const playbookDraft = z
  .object({
    id: z.string(),
    title: z.string(),
    fingerprint: z.string(),
    template: z.string(),
    lesson: z.string(),
    tasks: z.number().int(),
    evidence: z.array(z.string()).openapi({ description: "Tasks that the failure struck." }),
    unfinished: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .openapi({ description: "What a person has to fill in." }),
    file: z.string().optional().openapi({ description: "Where it stands among the playbooks, not finished yet." }),
    document: anyJson,
    atMs,
  })
  .openapi("PlaybookDraft");
export type PlaybookDraft = z.infer<typeof playbookDraft>;

/** The event to rehearse or explain with: one that happened, by its sequence, or an imagined one. */
export const eventChoice = z
  .union([
    z.strictObject({ sequence: z.number().int().positive() }),
    z.strictObject({
      event: z.strictObject({ type: id, data: anyJson, subject: z.string().optional(), severity: severity.optional() }),
    }),
  ])
  .openapi("EventChoice");
export type EventChoice = z.infer<typeof eventChoice>;

/** What a person's run is about, and the values of the playbook's parameters. */
export const runInput = z
  .strictObject({ about: eventChoice, parameters: z.record(z.string(), anyJson).default({}) })
  .openapi("RunInput");
export type RunInput = z.infer<typeof runInput>;

export const reloaded = z
  .object({
    outcome: z.enum(["adopted", "unchanged", "kept"]).openapi({
      description: "`kept`: nothing could be adopted; the playbooks before stay in force.",
    }),
    changed: z.array(z.string()),
    refused: z.array(refusedPlaybook),
  })
  .openapi("Reloaded");
export type Reloaded = z.infer<typeof reloaded>;

export const explanation = z
  .object({
    playbook: z.string(),
    verdict: z.enum(["match", "no_match", "unknown"]),
    conditions: z.array(
      z.object({ path: z.string(), says: z.string(), seen: anyJson.optional(), holds: z.boolean().nullable() }),
    ),
    follows: z.string().optional().openapi({ description: "What would follow: acts, asks, or which limit holds it." }),
  })
  .openapi("Explanation");
export const explanations = z
  .object({ considered: z.array(explanation), chosen: z.string().nullable(), text: z.string() })
  .openapi("Explanations");
export type Explanations = z.infer<typeof explanations>;

export const dryRun = z
  .object({
    playbook: z.string(),
    verdict: z.enum(["would_act", "would_ask", "refused", "suppressed", "no_match"]),
    reason: z.string(),
    target: target.optional(),
    plan: anyJson.optional(),
    planHash: z.string().optional(),
    run: z.string().optional(),
    followers: z.array(z.string()).openapi({ description: "Playbooks that go on, in order, where it does not help." }),
  })
  .openapi("DryRun");
export type DryRun = z.infer<typeof dryRun>;

export const runStep = z
  .object({
    step: z.number().int(),
    action: z.string(),
    says: z.string(),
    state: z.enum(["planned", "started", "done", "failed", "undoing", "undone", "undo_failed"]),
    detail: z.string().optional(),
    evidence: anyJson.optional(),
    same: z.boolean().nullable().optional(),
    startedAtMs: atMs.optional(),
    endedAtMs: atMs.optional(),
  })
  .openapi("RunStep");

const chainStep = z
  .object({ runId: z.string(), playbookId: z.string(), outcome, rollback, reason: z.string() })
  .openapi("ChainStep");

export const runView = z
  .object({
    id: z.string(),
    playbook: z.string(),
    target,
    state: z.string().openapi({ description: "Where its statechart is, for example `validating`, `settled`." }),
    outcome: outcome.nullable().openapi({ description: "null while it runs." }),
    rollback: rollback.nullable(),
    reason: z.string(),
    via: z.enum(["trigger", "lesson", "manual", "chain"]).openapi({
      description: "`chain`: it goes on where the playbook before it did not verifiably help.",
    }),
    mode: reactorMode,
    trigger: z.object({ id: z.string(), sequence: z.number().int(), type: z.string(), atMs }),
    plan: anyJson,
    planHash: z.string(),
    why: z.array(z.string()),
    steps: z.array(runStep),
    evidence: z.array(
      z.object({ what: z.string(), ok: z.boolean().nullable(), detail: z.string(), reading: anyJson.optional(), atMs }),
    ),
    residue: z.array(z.string()),
    left: z.array(z.string()).openapi({
      description: "Exactly what is left of a run that was taken back, or could not be as a whole; else empty.",
    }),
    effects: z.array(effect).openapi({ description: "What it did outside, and what it undid." }),
    agent: z.string().optional(),
    task: z.string().optional(),
    fingerprint: z.string().optional(),
    lesson: z.string().optional(),
    approval: z.string().optional(),
    next: z.string().optional().openapi({ description: "The playbook that follows where this run does not help." }),
    after: z.array(chainStep).openapi({ description: "The runs of its chain before it, oldest first." }),
    sequel: z
      .object({ run: z.string(), playbook: z.string(), held: z.string().optional() })
      .optional()
      .openapi({ description: "What its chain went on with; `held` is why it could not." }),
    startedAtMs: atMs,
    settledAtMs: atMs.optional(),
  })
  .openapi("Run");
export type RunView = z.infer<typeof runView>;

export const approvalView = z
  .object({
    id: z.string(),
    run: z.string(),
    playbook: z.string(),
    target,
    state: z.enum(["waiting", "approved", "rejected", "expired"]),
    risk,
    why: z.array(z.string()),
    plan: anyJson.optional(),
    planHash: z.string(),
    proposedBy: z.string(),
    requestedAtMs: atMs,
    expiresAtMs: atMs,
    decidedBy: z.string().optional(),
    decidedAtMs: atMs.optional(),
    reason: z.string().optional(),
  })
  .openapi("Approval");
export type ApprovalView = z.infer<typeof approvalView>;

/** `planHash` says which plan was looked at; when it is no longer the plan, nothing is approved. */
export const decisionInput = z
  .strictObject({ planHash: z.string().optional(), reason: z.string().max(2000).optional() })
  .openapi("DecisionInput");
export type DecisionInput = z.infer<typeof decisionInput>;

export const incidentView = z
  .object({
    id: z.string(),
    title: z.string(),
    severity,
    state: z.enum(["open", "acknowledged", "resolved", "reopened"]),
    needsPerson: z.boolean(),
    target,
    fingerprint: z.string().optional(),
    runs: z.array(z.string()),
    evidence: z.array(z.string()),
    notes: z.array(z.object({ text: z.string(), atMs })),
    openedAtMs: atMs,
    updatedAtMs: atMs,
    silencedUntilMs: atMs.optional(),
  })
  .openapi("Incident");
export type IncidentView = z.infer<typeof incidentView>;

export const silenceInput = z
  .strictObject({
    forMs: z
      .number()
      .int()
      .positive()
      .max(30 * 86_400_000)
      .default(3_600_000),
  })
  .openapi("SilenceInput");

export const deadLetterView = z
  .object({
    kind: z.enum(["task", "mail"]).openapi({
      description:
        "`task`: it spent its retries. `mail`: events nobody waited for found no room and were never written.",
    }),
    id: z.string(),
    task: z.string().optional(),
    count: z.number().int().openapi({ description: "Events that were lost; 1 for a task." }),
    types: z.record(z.string(), z.number().int()).optional().openapi({ description: "How many events of each type." }),
    agent: z.string().optional(),
    reason: z.string(),
    message: z.string(),
    attempts: z.number().int(),
    atMs,
    replayed: z.boolean(),
  })
  .openapi("DeadLetter");
export type DeadLetterView = z.infer<typeof deadLetterView>;
