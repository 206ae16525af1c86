import { z } from "zod";
import { ms } from "./duration.ts";

export const evolution = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe("Whether agents that fail again and again are tried with another configuration."),
    shadow: z
      .strictObject({
        tasks: z
          .number()
          .int()
          .min(0)
          .max(250)
          .default(20)
          .describe("Live tasks that are copied to a change before its trial; 0 for none."),
        share: z.number().min(0.01).max(1).default(0.5).describe("Share of the tasks that are copied meanwhile."),
        longestMs: ms
          .default(86_400_000)
          .describe("After that its trial begins, however few tasks could be copied: copies run on idle workers only."),
      })
      .prefault({})
      .describe("A change runs in shadow first, with agents that declare `shadow: safe`."),
  })
  .prefault({})
  .describe("Improvements of the agents' own configurations.");
