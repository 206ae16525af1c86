import { z } from "zod";
import { fact, observation } from "../entry.ts";
import { breakerState, reactorMode } from "../vocabulary.ts";

const scope = z.enum(["host", "agent"]);
const resource = z.enum(["cpu", "memory", "disk", "gpu"]);
const crossing = z.object({
  scope,
  resource,
  value: z
    .number()
    .describe(
      "Per cent; host: of all cores; agent: of one core, used or waited for, its process tree summed. Agent memory is in MiB.",
    ),
  waited: z
    .number()
    .optional()
    .describe("The part of an agent's CPU value for which it was ready to run while others had the cores."),
  threshold: z.number(),
  unit: z.enum(["percent", "MiB"]).optional(),
  agentId: z.string().optional(),
  pid: z.number().int().optional(),
  samples: z.number().int().optional(),
});

const journalKey = z
  .string()
  .optional()
  .describe("A fingerprint of the key that seals it; absent when a plain hash does.");

const of = z
  .object({ kind: z.enum(["agent", "playbook"]), id: z.string() })
  .optional()
  .describe("Whose outcomes it is about; the whole's where it is absent.");

const termWeights = z.object({ tsr: z.number(), cr: z.number(), uptime: z.number(), learning: z.number() });

export const engineTypes = {
  "journal.opened": fact(
    "A new journal begins; `format` is the version of its files.",
    z.object({ format: z.number().int(), key: journalKey }),
  ),
  "journal.continued": fact(
    "A new segment of the journal begins; the chain goes on.",
    z.object({
      format: z.number().int(),
      previous: z.string().describe("The seal of the last event before it."),
      key: journalKey,
    }),
    "debug",
  ),
  "journal.repaired": fact(
    "Bytes that do not belong to the journal were set aside: a torn last line, or what a repair took out.",
    z.object({
      setAside: z.string(),
      bytes: z.number().int(),
      reason: z.string(),
      lostFrom: z.number().int().optional().describe("The first sequence that a repair took out."),
      lostThrough: z.number().int().optional().describe("The last that could still be read there."),
    }),
    "warning",
  ),
  "journal.released": fact(
    "Retention gave whole segments up; everything that follows from them is in checkpoints.",
    z.object({
      from: z.number().int().describe("The first sequence that is gone."),
      through: z.number().int().describe("The last sequence that is gone."),
      segments: z.number().int(),
      bytes: z.number().int(),
    }),
  ),
  "engine.started": fact(
    "An engine opened this journal; whatever was under way before is interrupted.",
    z.object({
      version: z.string(),
      node: z.string(),
      pid: z.number().int(),
      previous: z.enum(["none", "clean", "crashed"]),
    }),
  ),
  "engine.ready": fact("The engine accepts work.", z.object({ startMs: z.number() })),
  "engine.stopping": fact("The engine takes no new work and ends what runs.", z.object({ reason: z.string() })),
  "engine.stopped": fact("The engine closed its journal in order.", z.object({ reason: z.string() })),
  "engine.backup_begun": fact(
    "Somebody takes the engine's data along; `secrets` with the operator's own token.",
    z.object({ by: z.string(), secrets: z.boolean() }),
  ),
  "subscriber.failed": fact(
    "A subscriber threw; the others went on.",
    z.object({ subscriber: z.string(), message: z.string(), failedSequence: z.number().int() }),
    "error",
  ),
  "mailbox.overflowed": fact(
    "Events that nobody waited for found no room on their way to the journal; they are lost and counted.",
    z.object({
      addressee: z.string().describe("Whose mail it was: `agent/ID`, or `others` where too many lost some."),
      cause: z.string().describe("The failure they met: `busy`, or what the journal said."),
      count: z.number().int().positive(),
      types: z.record(z.string(), z.number().int()).describe("How many of each type."),
      sinceMs: z.number().describe("When the first of them was lost."),
    }),
    "warning",
  ),
  "deadline.fired": fact(
    "A deadline of an actor came.",
    z.object({ actor: z.string(), name: z.string(), dueAtMs: z.number() }),
    "debug",
  ),
  "clock.jumped": fact(
    "The machine's clock was set, or the machine slept.",
    z.object({
      byMs: z.number().int().describe("Forward, or, below 0, back."),
      how: z
        .enum(["followed", "not_followed", "before_start"])
        .describe(
          "Forward is followed: what is overdue happens at once, once. Back is not: until the engine is started again its time goes on by what passes. Set back before the start: deadlines keep their times and come later by so much.",
        ),
      aheadMs: z.number().int().describe("How far the engine's time is ahead of the machine's clock."),
    }),
    "warning",
  ),
  "breaker.changed": fact(
    "A breaker opened, lets one probe through, or closed. Agents' breakers are told with their states.",
    z.object({
      owner: z.string().describe("`playbook/ID`."),
      to: breakerState,
      failures: z.number().int().min(0).describe("Verified failures in a row."),
      untilMs: z.number().optional().describe("When an open one lets a probe through."),
    }),
    "warning",
  ),
  "reactor.paused": fact(
    "The reactor starts no effect until resumed.",
    z.object({ by: z.string(), reason: z.string() }),
    "warning",
  ),
  "reactor.resumed": fact("The reactor may act again.", z.object({ by: z.string() })),
  "reactor.mode_changed": fact(
    "The reactor observes, rehearses or acts.",
    z.object({ mode: reactorMode, by: z.string() }),
  ),
  "reactor.storm_entered": fact(
    "Too much matches at once: it is grouped, and only P0 is told.",
    z.object({ reason: z.string() }),
    "critical",
  ),
  "reactor.storm_left": fact("The storm is over.", z.object({ quietMs: z.number() })),
  "resource.high": observation("A resource stayed at or above its threshold.", crossing, "warning"),
  "resource.normal": observation("A resource stayed at or below its clear threshold again.", crossing),
  "resource.summary": fact(
    "What the sensors measured over one minute.",
    z.object({
      scope,
      agentId: z.string().optional(),
      samples: z.number().int(),
      unreadable: z
        .number()
        .int()
        .optional()
        .describe("Readings of that minute that were no numbers; they count nowhere."),
      cpuPercent: z.number().optional(),
      cpuPeakPercent: z.number().optional(),
      memoryPercent: z.number().optional(),
      memoryMiB: z.number().optional(),
      diskPercent: z.number().optional(),
      gpuPercent: z.number().optional(),
      unchanged: z
        .number()
        .int()
        .optional()
        .describe("Minutes measured since the one told before that were not told: nothing in them was new."),
    }),
    "debug",
  ),
  "anomaly.detected": fact(
    "A series of measurements left its own habits; no threshold was set.",
    z.object({
      scope,
      agentId: z.string().optional(),
      what: z
        .enum(["cpu", "memory", "disk", "gpu", "latency"])
        .describe("`latency` is how long an agent's tasks take."),
      unit: z.enum(["percent", "MiB", "ms"]),
      value: z.number().describe("The sample that showed it: a minute's mean, or how long tasks took."),
      reason: z
        .string()
        .describe(
          "What was odd most: `spike`, `level`, `rougher`, `smoother`, `shape.N` (N samples unlike any before), `record`.",
        ),
      surprise: z.number().nullable().describe("How odd; habits end at 5. Null for a record."),
    }),
    "warning",
  ),
  "anomaly.unfollowed": fact(
    "More is measured than may be followed at once (`sensors.anomalies.series`); told once.",
    z.object({ series: z.number().int(), first: z.string().describe("The first series that is not followed.") }),
    "warning",
  ),
  "score.updated": fact(
    "The evolution score moved, or its grade, trend or an alert changed.",
    z.object({
      score: z.number().nullable(),
      grade: z.enum(["excellent", "good", "degraded", "critical"]).nullable(),
      trend: z.enum(["improving", "stable", "degrading"]).nullable(),
      terms: z.object({
        tsr: z.number().nullable(),
        cr: z.number().nullable(),
        uptime: z.number().nullable(),
        learning: z.number().nullable(),
      }),
      why: z.array(z.string()),
    }),
  ),
  "score.weights_changed": fact(
    "The terms of the score count otherwise from now on (`score.adaptWeights`): more what foretold better how tasks end.",
    z.object({
      weights: termWeights,
      before: termWeights,
      evidence: z
        .array(z.object({ term: z.enum(["tsr", "cr", "uptime", "learning"]), miss: z.number(), outcomes: z.number() }))
        .describe(
          "For each term the mean squared difference between its value and how the next task ended, and on how many outcomes, old ones fading.",
        ),
      says: z.array(z.string()),
    }),
  ),
  "score.alert_raised": fact(
    "The score or one of its terms fell below an alert threshold.",
    z.object({ alert: z.string(), value: z.number(), threshold: z.number(), advice: z.string(), of }),
    "warning",
  ),
  "score.alert_cleared": fact(
    "An alert's value is back above its clear threshold.",
    z.object({ alert: z.string(), value: z.number(), of }),
  ),
};
