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
    /** The model that the agent is to ask: in `AIOS_MODEL` and in the task's message. */
    model: z.string().min(1).max(200).optional(),
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
    /**
     * What begins a resident process again that ended by itself, once it had been started: after a failure, or always.
     * Unless told its next task does. One that the engine ended, or a person stopped, stays down until then.
     */
    restart: z.enum(["on-failure", "always"]).optional(),
    /** Pause before it is begun again, in milliseconds; it doubles, up to a minute, while each life is a short one. */
    restartMs: z.number().int().min(10).max(MINUTE_MS).optional(),
  })
  .superRefine((config, context) => {
    if (config.mode === "resident" && config.output !== "ndjson") {
      context.addIssue({ code: "custom", path: ["output"], message: 'must be "ndjson" for a resident agent' });
    }
    for (const name of ["heartbeatMs", "restart", "restartMs"] as const) {
      if (config.mode === "one-shot" && config[name] !== undefined)
        context.addIssue({ code: "custom", path: [name], message: "is for resident agents only" });
    }
    if (config.restartMs !== undefined && config.restart === undefined)
      context.addIssue({ code: "custom", path: ["restartMs"], message: 'needs "restart" beside it' });
  });
export type ProcessConfig = z.infer<typeof processConfig>;
