import { z } from "zod";
import { ms } from "./duration.ts";

export const notify = z
  .strictObject({
    webhook: z.url().optional().describe("Where messages are posted as JSON, beside the log."),
    retryMs: ms.default(5000).describe("Wait after the first failed delivery; the n-th is n times as long."),
    attempts: z.number().int().positive().default(10).describe("Deliveries that are tried."),
  })
  .prefault({})
  .describe("Messages to people.");

export const log = z
  .strictObject({
    level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("The least that is logged."),
  })
  .prefault({})
  .describe("The engine's own log, on standard error.");

export const shutdown = z
  .strictObject({
    graceMs: ms.default(10_000).describe("What runs may finish for so long before it is interrupted."),
  })
  .prefault({})
  .describe("The end of the engine.");
