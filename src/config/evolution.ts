import { z } from "zod";

export const evolution = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe("Whether agents that fail again and again are tried with another configuration."),
  })
  .prefault({})
  .describe("Improvements of the agents' own configurations.");
