import { z } from "zod";
import { isEngineSecret } from "../../kernel/engine-secrets.ts";
import { modelSetup } from "../model-setup.ts";

/** Configuration of an `http` agent. */
export const httpConfig = z.strictObject({
  /** Where tasks are posted. */
  url: z.url({ protocol: /^https?$/, error: "must be an http or https address" }),
  headers: z.record(z.string(), z.string()).default({}),
  ...modelSetup,
  /** Variable of the engine's environment that holds the bearer token, so that no configuration carries it. */
  tokenEnv: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, "is not a name for a variable")
    .refine((name) => !isEngineSecret(name), "is the engine's own secret")
    .optional(),
  /** First pause between two looks at an accepted task, in milliseconds; it doubles up to `maxPollMs`. */
  pollMs: z.number().int().min(10).max(60_000).default(500),
  maxPollMs: z.number().int().min(10).max(600_000).default(10_000),
  /** Longest wait for one look or one cancellation, in milliseconds. */
  requestTimeoutMs: z.number().int().min(10).max(600_000).default(30_000),
});
export type HttpConfig = z.infer<typeof httpConfig>;
