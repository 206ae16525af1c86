import { z } from "zod";
import { type RestartPolicy, restartPolicy } from "../../events/vocabulary.ts";
import type { Residence } from "../kind.ts";
import { modelSetup } from "../model-setup.ts";
import { type OutputName, outputFormats } from "./output/index.ts";

const MINUTE_MS = 60_000;

/** As configurations of earlier versions say it. */
const olderWords = { always: "permanent", "on-failure": "transient" } as const satisfies Record<string, RestartPolicy>;

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
    ...modelSetup,
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
     * When its supervisor begins a resident process again that ended by itself, once it had been started: however it
     * ended, when it failed, or never. Unless told its next task does. One that a person stopped stays down until then.
     * `always` and `on-failure` are older words for the first two.
     */
    restart: z.enum([...restartPolicy.options, "always", "on-failure"]).optional(),
    /** Longest pause before it is begun again, in milliseconds, where it is in no declared group; it doubles with every restart. */
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

/** How its supervisor looks after its resident process; `undefined` where it asks for no supervisor. */
export function residenceOf({ mode, restart, restartMs }: ProcessConfig): Residence | undefined {
  if (mode !== "resident" || restart === undefined) return undefined;
  return {
    restart: restart === "always" || restart === "on-failure" ? olderWords[restart] : restart,
    pauseMs: restartMs,
  };
}
