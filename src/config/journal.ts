import { z } from "zod";

export const journal = z
  .strictObject({
    key: z
      .string()
      .min(16)
      .optional()
      .describe("Seals the journal with an HMAC instead of a plain hash. Better in the environment than in a file."),
    maxWaiting: z
      .number()
      .int()
      .positive()
      .default(65_536)
      .describe("Events that may wait to be written before publishers are told `busy`."),
  })
  .prefault({})
  .describe("The event journal.");
