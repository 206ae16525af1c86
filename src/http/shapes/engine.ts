import { z } from "@hono/zod-openapi";
import { agentState } from "./agent.ts";
import { anyJson, atMs, effect, id, reactorMode, severity } from "./common.ts";
import { eventView } from "./event.ts";
import { scoreView } from "./score.ts";

export const health = z.object({ status: z.literal("ok"), version: z.string() }).openapi("Health");
export const readiness = z
  .object({
    ready: z.boolean(),
    why: z.array(z.string()),
    degraded: z
      .array(z.string())
      .openapi({ description: "What does not work as it should, though the engine takes work." }),
    lastSequence: z.number().int(),
  })
  .openapi("Readiness");
export type Readiness = z.infer<typeof readiness>;

export const pauseView = z
  .object({
    paused: z.boolean(),
    mode: reactorMode,
    by: z.string().optional(),
    reason: z.string().optional(),
    atMs: atMs.optional(),
  })
  .openapi("Pause");
export type PauseView = z.infer<typeof pauseView>;

const workTerms = z.object({
  accepted: z.number().int().openapi({ description: "The sum of the others." }),
  done: z.number().int(),
  suppressed: z.number().int(),
  deadLettered: z.number().int(),
  pending: z.number().int(),
});

export const overview = z
  .object({
    score: scoreView,
    timeline: z.array(eventView).openapi({ description: "Newest first." }),
    issues: z.array(
      z.object({
        kind: z.enum(["incident", "failure", "agent"]),
        id: z.string(),
        title: z.string(),
        severity,
        count: z.number().int(),
        lastAtMs: atMs,
      }),
    ),
    waiting: z.array(
      z.object({
        kind: z.enum(["approval", "incident", "deadletter"]),
        id: z.string(),
        title: z.string(),
        sinceMs: atMs,
        untilMs: atMs.optional(),
      }),
    ),
    agents: z.partialRecord(agentState, z.number().int()),
    tasks: z.record(z.string(), z.number().int()),
    work: z
      .object({ task: workTerms, run: workTerms, report: workTerms })
      .openapi({ description: "What was accepted over all starts, and where it is now." }),
    pause: pauseView,
    lastSequence: z.number().int(),
  })
  .openapi("Overview");
export type Overview = z.infer<typeof overview>;

const spread = z
  .object({ n: z.number().int(), p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() })
  .nullable()
  .openapi({ description: "Milliseconds; null while nothing was measured." });

export const performanceView = z
  .object({
    windowMs: z.number(),
    responseMs: spread,
    waitMs: spread,
    fixMs: spread.openapi({ description: "From the event a playbook answered to its verified fix, in milliseconds." }),
    throughputPerMinute: z.number().nullable(),
    series: z.array(
      z.object({
        atMs,
        succeeded: z.number().int(),
        failed: z.number().int(),
        p50Ms: z.number().nullable(),
        p95Ms: z.number().nullable(),
      }),
    ),
    agents: z.array(
      z.object({ agent: z.string(), responseMs: spread, success: z.number().nullable(), n: z.number().int() }),
    ),
    engine: z.object({
      events: z.number().int(),
      eventsPerSecond: z.number().nullable(),
      commitMs: spread,
      decideMs: spread,
    }),
    bottlenecks: z.array(z.object({ what: z.string(), detail: z.string(), value: z.number(), unit: z.string() })),
  })
  .openapi("Performance");
export type PerformanceView = z.infer<typeof performanceView>;

export const machineView = z
  .object({
    id: z.string().openapi({ description: "The actor's id, the same over restarts." }),
    machine: z.string(),
    state: anyJson,
    parent: z.string().optional(),
    context: anyJson.optional().openapi({ description: "Redacted by the machine's own allow-list." }),
    deadlines: z.array(z.object({ name: z.string(), atMs })),
    sinceMs: atMs,
    lastEvent: z.string().optional().openapi({ description: "Type of the newest event it heard." }),
    quarantined: z.string().optional().openapi({ description: "Why it is quarantined and waits for its restart." }),
  })
  .openapi("Machine");
export type MachineView = z.infer<typeof machineView>;

export const ledgerEntry = effect
  .extend({
    of: z.object({
      kind: z.enum(["task", "run", "message", "supervisor"]),
      id: z.string().openapi({ description: "Of the task, run or supervisor; of a message its key." }),
    }),
  })
  .openapi("LedgerEntry");
export type LedgerEntry = z.infer<typeof ledgerEntry>;
export type EffectOf = LedgerEntry["of"];

export const actorMove = z
  .object({
    sequence: z.number().int(),
    event: z.string().openapi({ description: "The event's id." }),
    type: z.string(),
    atMs,
    subject: z.string().optional(),
    heard: z.string().optional().openapi({ description: "What the machine was told, where not the event itself." }),
    before: anyJson.openapi({ description: "Its state before; null before its birth." }),
    after: anyJson,
    context: anyJson.openapi({ description: "Redacted by the machine's own allow-list." }),
    deadlines: z.array(z.object({ name: z.string(), atMs })).openapi({ description: "Armed after it." }),
    ended: z.boolean().openapi({ description: "Whether the machine reached its end with it." }),
  })
  .openapi("ActorMove");
export type ActorMoveView = z.infer<typeof actorMove>;

export const self = z
  .object({ role: z.enum(["operator", "viewer", "agent"]), id: z.string(), agent: z.string().optional() })
  .openapi("Self");

export const ticketView = z
  .object({ ticket: z.string(), path: z.string().openapi({ example: "/?ticket=…" }), expiresAtMs: atMs })
  .openapi("Ticket");

export const tokenInput = z
  .strictObject({
    role: z.enum(["operator", "viewer", "agent"]),
    agent: id.optional(),
    label: z.string().max(256).optional(),
  })
  .refine((input) => (input.role === "agent") === (input.agent !== undefined), {
    path: ["agent"],
    message: "an agent's token names its agent, the others name none",
  })
  .openapi("TokenInput");
export const tokenView = z
  .object({
    id: z.string(),
    role: z.enum(["operator", "viewer", "agent"]),
    agent: z.string().optional(),
    label: z.string().optional(),
    createdAtMs: atMs,
  })
  .openapi("Token");
export const newToken = tokenView.extend({ token: z.string() }).openapi("NewToken");
