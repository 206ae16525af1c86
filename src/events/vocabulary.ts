import { z } from "zod";
import type { Json } from "../kernel/json.ts";

/** Any JSON value, with the kernel's (readonly) type. */
export const json: z.ZodType<Json> = z.json();

/** Parts that several event types share. */
export const severity = z.enum(["debug", "info", "warning", "error", "critical"]);
export type Severity = z.infer<typeof severity>;

export const target = z.object({
  kind: z.enum(["agent", "process", "file", "upstream", "host"]),
  id: z.string().min(1),
});

export const priority = z.enum(["P0", "P1", "P2", "P3"]);
export type Priority = z.infer<typeof priority>;

export const failureReason = z.enum([
  "error",
  "exit",
  "signal",
  "timeout",
  "output",
  "spawn",
  "cancelled",
  "interrupted",
  "dependency",
]);
export type FailureReason = z.infer<typeof failureReason>;

/** What is known of a failure. `message` is the agent's own text and is data, never instruction. */
export const failureFacts = z.object({
  message: z.string(),
  code: z.string().optional(),
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
  status: z.number().int().optional(),
  retryable: z.boolean().optional(),
  retryAfterMs: z.number().optional().describe("How long the upstream asked to wait."),
  limit: z.number().optional().describe("What was exceeded, where the upstream named it: tokens."),
  model: z.string().optional().describe("The model whose provider failed."),
  stderrTail: z.string().optional(),
});
export type FailureFacts = z.infer<typeof failureFacts>;

export const processIdentity = z.object({
  pid: z.number().int().positive(),
  startTime: z.string(),
  bootId: z.string(),
  ownerToken: z.string(),
});

export const risk = z.enum(["low", "medium", "high", "dangerous", "forbidden"]);
export type Risk = z.infer<typeof risk>;

export const outcome = z.enum(["fixed", "not_fixed", "unverified", "relapsed", "refused", "suppressed", "expired"]);
export type Outcome = z.infer<typeof outcome>;

export const rollback = z.enum(["none", "rolled_back", "residue"]);
export type Rollback = z.infer<typeof rollback>;

export const lessonLevel = z.enum(["draft", "verified", "hardened", "retired"]);
export type LessonLevel = z.infer<typeof lessonLevel>;

export const agentState = z.enum(["idle", "running", "blocked", "degraded", "archived"]);
export type AgentState = z.infer<typeof agentState>;

export const breakerState = z.enum(["closed", "open", "half_open"]);
export type BreakerState = z.infer<typeof breakerState>;

export const reactorMode = z.enum(["observe", "rehearse", "live"]);
export type ReactorMode = z.infer<typeof reactorMode>;

/** A candidate that a decision passed over, and why. */
export const passedOver = z.object({ id: z.string(), reason: z.string() });

/** What the scheduler concluded about a task: a value that can be printed, explained and replayed. */
export const decision = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("immediate"),
    agentId: z.string(),
    rule: z
      .enum(["guard", "priority", "burst"])
      .describe("Which rule took it: `guard` for a P3 that waited too long, `burst` for the shortest of many P0."),
    guardMs: z.number().describe("The wait after which a P3 goes before younger P1 and P2, at this moment."),
    reason: z.string(),
    passedOver: z.array(passedOver),
  }),
  z.object({
    kind: z.literal("scheduled"),
    notBeforeMs: z.number(),
    reason: z.string(),
    passedOver: z.array(passedOver),
  }),
  z.object({ kind: z.literal("deferred"), reason: z.string(), passedOver: z.array(passedOver) }),
]);
export type Decision = z.infer<typeof decision>;

export const strategy = z.enum(["one_for_one", "one_for_all", "rest_for_one"]);
/** Who else begins again with a child that failed: nobody, everybody, or those declared after it. */
export type Strategy = z.infer<typeof strategy>;

export const restartPolicy = z.enum(["permanent", "transient", "temporary"]);
/** When a child begins again: however it ended, when it failed, or never. */
export type RestartPolicy = z.infer<typeof restartPolicy>;

const backoff = z.object({ firstMs: z.number(), factor: z.number(), maxMs: z.number() });

/** How the children of one supervisor are looked after. */
export const supervision = z.object({
  strategy,
  restarts: z.number().int().min(0).describe("Restarts that are borne within `withinMs`."),
  withinMs: z.number(),
  backoff,
});
export type Supervision = z.infer<typeof supervision>;

/** What a supervisor is told to do. Children stand in the order in which they are started. */
export const supervisorPlan = z.object({
  strategy,
  children: z.array(z.object({ id: z.string(), restart: restartPolicy })),
  intensity: z.object({ restarts: z.number().int().min(0), withinMs: z.number() }),
  backoff,
  skipAfter: z.number().int().positive(),
});
