import { z } from "zod";

export const http = z
  .strictObject({
    host: z
      .string()
      .default("127.0.0.1")
      .describe("Address to listen on; any but loopback needs a token and allowed hosts."),
    port: z.number().int().min(0).max(65_535).default(8765).describe("Port to listen on; 0 takes any free one."),
    allowedHosts: z
      .array(z.string())
      .default([])
      .describe("Names that the engine may be addressed by, beside this machine's own; without a port, any port."),
    token: z
      .string()
      .min(16)
      .optional()
      .describe("An operator's token of one's own. Better in the environment than in a file."),
  })
  .prefault({})
  .describe("The doors.");
