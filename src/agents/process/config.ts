import { z } from "zod";
import { type OutputName, outputFormats } from "./output/index.ts";

const MINUTE_MS = 60_000;

const outputNames = z.enum(Object.keys(outputFormats) as OutputName[]);

/** Configuration of a `process` agent. */
export const processConfig = z
  .strictObject({
    /** Program and arguments; no shell is involved. */
    command: z.tuple([z.string().min(1)], z.string()),
    /** One process for each task, or one that takes many. */
    mode: z.enum(["one-shot", "resident"]).default("one-shot"),
    /** What the program prints; see docs/reference/agent-protocol.md. */
    output: outputNames.default("ndjson"),
    /** Working directory, absolute or within the agent's own directory, which it is unless told. */
    cwd: z.string().min(1).optional(),
    /** Added to the allow-listed environment. */
    env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not a name for a variable"), z.string()).default({}),
    /** Unix user, by name or number, to run as; needs an engine that is root. */
    user: z.string().min(1).optional(),
    /** Between the request to end and the end by force, in milliseconds. */
    graceMs: z
      .number()
      .int()
      .min(0)
      .max(10 * MINUTE_MS)
      .default(10_000),
    /** Longest silence of a resident process in milliseconds before it counts as hung; unlimited unless told. */
    heartbeatMs: z
      .number()
      .int()
      .min(100)
      .max(60 * MINUTE_MS)
      .optional(),
  })
  .superRefine((config, context) => {
    if (config.mode === "resident" && config.output !== "ndjson") {
      context.addIssue({ code: "custom", path: ["output"], message: 'must be "ndjson" for a resident agent' });
    }
    if (config.mode === "one-shot" && config.heartbeatMs !== undefined) {
      context.addIssue({ code: "custom", path: ["heartbeatMs"], message: "is for resident agents only" });
    }
  });
export type ProcessConfig = z.infer<typeof processConfig>;
