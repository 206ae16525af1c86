import { z } from "zod";
import { fact } from "../entry.ts";
import { lessonLevel, severity, target } from "../vocabulary.ts";

const lesson = z.object({ lessonId: z.string(), fingerprint: z.string() });

export const knowledgeTypes = {
  "failure.observed": fact(
    "A failed attempt was recognised: which failure it is, on how many distinct tasks it was seen, and what is known of it.",
    z.object({
      fingerprint: z.string(),
      ruleVersion: z.number().int(),
      template: z.string(),
      taskId: z.string(),
      agentId: z.string(),
      attempt: z.number().int(),
      tasks: z.number().int().positive().describe("Distinct tasks with this fingerprint so far, this one included."),
      reason: z.string(),
      code: z.string().optional(),
      exitCode: z.number().int().optional(),
      status: z.number().int().optional(),
      place: z
        .string()
        .optional()
        .describe("The same failure at the same place in the program, where a trace names one."),
      frames: z.array(z.string()).optional().describe("That place: own frames, `file#function`, nearest first."),
      lessonId: z.string().optional(),
      level: lessonLevel.optional(),
      remedy: z.string().optional().describe("The playbook that a lesson at least verified names as its remedy."),
    }),
    "warning",
  ),
  "failure.aliased": fact(
    "Two fingerprints turned out to be one failure: what was counted under `from` counts under `to` from now on.",
    z.object({
      from: z.string(),
      to: z.string(),
      why: z.enum(["evidence", "rules"]).describe("Messages showed it, or the rules that recognise failures changed."),
      ruleVersion: z.number().int(),
      template: z.string(),
      tasks: z.number().int().describe("Distinct tasks that both struck."),
      says: z.array(z.string()).describe("What stood where, and what it counted."),
    }),
  ),
  "failure.forgotten": fact(
    "There are more different failures than are remembered: the oldest rare ones were forgotten. What struck again would be new.",
    z.object({
      what: z
        .enum(["messages", "failures"])
        .describe("Wordings that say what is one failure, or failures and their counts."),
      count: z.number().int().positive(),
      most: z
        .number()
        .int()
        .positive()
        .optional()
        .describe("How many are remembered: `failures.wordings` or `failures.remembered`."),
    }),
    "warning",
  ),
  "lesson.drafted": fact(
    "The same failure struck three distinct tasks: a lesson begins.",
    lesson.extend({ evidence: z.array(z.string()) }),
  ),
  "lesson.advised": fact(
    "A language model wrote advice for a lesson that is a draft. It counts as no outcome, and nothing but its text follows.",
    lesson.extend({
      writtenBy: z.string().describe("`llm/MODEL`."),
      hash: z.string().describe("SHA-256 of the advice, which stands in the memory alone."),
    }),
  ),
  "lesson.unadvised": fact(
    "A language model was asked for a lesson's advice and gave none that is of use: the lesson stays as it was.",
    lesson.extend({ writtenBy: z.string().describe("`llm/MODEL`."), reason: z.string() }),
    "debug",
  ),
  "lesson.remedied": fact(
    "A lesson's remedy is the playbook that was seen to answer this failure.",
    lesson.extend({ playbookId: z.string(), runId: z.string() }),
  ),
  "lesson.credited": fact(
    "A settled run counted for or against a lesson.",
    lesson.extend({
      runId: z.string(),
      verdict: z.enum(["fixed", "not_fixed", "relapsed"]),
      fixes: z.number().int(),
      failures: z.number().int(),
      targets: z.number().int(),
      confidence: z.number(),
    }),
  ),
  "lesson.promoted": fact(
    "A lesson reached a higher level on verified outcomes.",
    lesson.extend({ from: lessonLevel, to: lessonLevel, runId: z.string() }),
  ),
  "lesson.demoted": fact(
    "A lesson fell to a lower level.",
    lesson.extend({ from: lessonLevel, to: lessonLevel, runId: z.string() }),
    "warning",
  ),
  "lesson.rekeyed": fact(
    "The failure that a lesson is about is known under another fingerprint; a second lesson about it was taken into it.",
    lesson.extend({
      from: z.string().describe("The fingerprint that is no longer used."),
      taken: z.string().optional().describe("The lesson that is no more."),
      level: lessonLevel,
      fixes: z.number().int(),
      failures: z.number().int(),
      targets: z.number().int(),
      confidence: z.number(),
      remedy: z.string().optional(),
    }),
  ),
  "memory.stored": fact(
    "A memory was stored; its text stays in its backend.",
    z.object({ key: z.string(), space: z.string(), hash: z.string(), kind: z.string() }),
    "debug",
  ),
  "memory.linked": fact(
    "Two memories were linked.",
    z.object({ from: z.string(), to: z.string(), relation: z.string(), space: z.string() }),
    "debug",
  ),
  "memory.forgotten": fact("A memory was deleted.", z.object({ key: z.string(), space: z.string(), by: z.string() })),
  "memory.merged": fact(
    "A memory says what another one says, which stands for both from now on.",
    z.object({ key: z.string(), into: z.string(), space: z.string(), by: z.string() }),
    "debug",
  ),
  "memory.unmerged": fact(
    "A merge was taken back.",
    z.object({ key: z.string(), space: z.string(), by: z.string() }),
    "debug",
  ),
  "memory.archived": fact(
    "A memory went to the archive: it answers only when that is asked for.",
    z.object({ key: z.string(), space: z.string(), why: z.string() }),
    "debug",
  ),
  "memory.embedder_ordered": fact(
    "Somebody had the memory embedded, or its model fetched.",
    z.object({ order: z.enum(["reindex", "reindex_anew", "download"]), by: z.string() }),
  ),
  "incident.opened": fact(
    "Something needs a person, or is being mended.",
    z.object({
      incidentId: z.string(),
      title: z.string(),
      severity,
      target,
      fingerprint: z.string().optional(),
      runId: z.string().optional(),
      evidence: z.array(z.string()),
      needsPerson: z.boolean(),
    }),
    "error",
  ),
  "incident.updated": fact(
    "Something was added to an incident.",
    z.object({ incidentId: z.string(), note: z.string(), runId: z.string().optional(), needsPerson: z.boolean() }),
  ),
  "incident.acknowledged": fact("A person has seen an incident.", z.object({ incidentId: z.string(), by: z.string() })),
  "incident.silenced": fact(
    "An incident sends no notifications until then.",
    z.object({ incidentId: z.string(), by: z.string(), untilMs: z.number() }),
  ),
  "incident.resolved": fact(
    "An incident is over.",
    z.object({ incidentId: z.string(), by: z.string(), reason: z.string() }),
  ),
  "incident.reopened": fact(
    "What an incident was about came back.",
    z.object({ incidentId: z.string(), reason: z.string(), runId: z.string().optional() }),
    "error",
  ),
  "notification.sent": fact(
    "A message was delivered.",
    z.object({ key: z.string(), channel: z.string(), incidentId: z.string().optional(), text: z.string() }),
  ),
  "notification.failed": fact(
    "A message could not be delivered yet.",
    z.object({
      key: z.string(),
      channel: z.string(),
      incidentId: z.string().optional(),
      attempt: z.number().int(),
      message: z.string(),
      retryAtMs: z.number().optional(),
    }),
    "warning",
  ),
};
