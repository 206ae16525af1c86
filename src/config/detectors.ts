import { z } from "zod";
import { ms } from "./duration.ts";

const count = z.number().int().positive();

export const detectors = z
  .strictObject({
    repeats: z
      .strictObject({
        times: count.min(2).default(5).describe("The same tool call so often is a loop …"),
        within: count.default(12).describe("… among so many newest calls of one attempt."),
      })
      .prefault({})
      .describe("When tool calls count as repeated (`agent.repeating`)."),
    stallMs: ms.default(120_000).describe("An attempt that used to report and says nothing for so long has stalled."),
    flood: z
      .strictObject({
        lines: count.default(1_000).describe("So many log lines of one attempt are a flood …"),
        withinMs: ms.default(10_000).describe("… within this time."),
      })
      .prefault({})
      .describe("When output is a flood (`agent.flooding`)."),
    crashes: z
      .strictObject({
        exits: count.min(2).default(3).describe("So many bad ends of an agent's processes are a crash loop …"),
        withinMs: ms.default(300_000).describe("… within this time, with no task done between them."),
      })
      .prefault({})
      .describe("When an agent crashes in a loop (`agent.crash_looping`)."),
    outage: z
      .strictObject({ failures: count.default(2).describe("Failures in a row of one model's provider.") })
      .prefault({})
      .describe("When a provider is down (`agent.provider_down`)."),
    slow: z
      .strictObject({
        calls: count.default(5).describe("The median of so many newest model calls is judged."),
        habit: count.default(20).describe("So many calls before them make a habit."),
        factor: z.number().min(1).default(3).describe("Slow is what takes so many times the habit."),
        leastMs: ms.default(1_000).describe("Faster than this is never slow by habit."),
        budgetMs: ms.optional().describe("Slow whatever the habit; none unless told."),
      })
      .prefault({})
      .describe("When model calls are slow (`agent.slow`). They are known where the agent reports their duration."),
    waitMs: ms.default(5_000).describe("How long to wait where an upstream that is asked too often does not say."),
  })
  .prefault({})
  .describe("When what agents say, and how their attempts end, counts as a symptom.");
