import { z } from "zod";
import { fact } from "../entry.ts";
import { failureReason, json, risk } from "../vocabulary.ts";
import { agentTuning } from "./agent.ts";

export const improvementKind = z.enum([
  "timeout",
  "retry",
  "backoff",
  "concurrency",
  "environment",
  "model",
  "command",
  "advice",
  "quarantine",
]);
export type ImprovementKind = z.infer<typeof improvementKind>;

/** Everything about an agent that an improvement may change. Two are the same when their canonical texts are. */
export const agentSetup = z.object({
  config: json,
  concurrency: z.number().int().positive(),
  tuning: agentTuning,
  accepting: z.boolean(),
});
export type AgentSetup = z.infer<typeof agentSetup>;

export const trialArm = z.enum(["control", "candidate"]);

const improvement = z.object({ improvementId: z.string(), agentId: z.string() });

export const proposal = improvement.extend({
  kind: improvementKind,
  title: z.string(),
  reason: z.string(),
  risk,
  asks: z.boolean().describe("Whether a person has to approve it before it is tried."),
  fingerprint: z.string(),
  evidence: z.array(z.string()).describe("The tasks that failed."),
  patch: json.describe("JSON merge patch on the agent's setup."),
  planHash: z.string(),
  targetVersion: z.string().describe("The configuration that was looked at."),
  before: agentSetup,
  after: agentSetup,
  control: z.number().int().describe("The version that holds now."),
  candidate: z.number().int().describe("The version that is tried."),
  candidateHash: z.string().describe("Hash of the configuration that is tried."),
  expiresAtMs: z.number().describe("Until when it may be approved."),
  past: z
    .array(z.boolean())
    .describe(
      "Whether the agent's tasks before succeeded, oldest first: for a quarantine the last ones, else those under the present setup since the trouble began.",
    ),
  kin: z.array(z.string()).describe("For a quarantine: the agents that take its work meanwhile; else empty."),
  shadow: z
    .object({ tasks: z.number().int().positive(), share: z.number(), untilMs: z.number() })
    .optional()
    .describe(
      "Before its trial it runs on copies of so many live tasks, which count nowhere, and no longer than until then.",
    ),
  from: z.string().optional().describe("The improvement of another agent that was kept for the same failure."),
});
export type Proposal = z.infer<typeof proposal>;

const standing = z.object({
  blocks: z.number().int(),
  lead: z.number().int().describe("Blocks that the new version won, less those it lost."),
  difference: z
    .object({ mean: z.number(), low: z.number(), high: z.number() })
    .nullable()
    .describe("Success rate of the new version less that of the old one, with its 95 % interval."),
});

const failures = z.object({ failed: z.number().int(), tasks: z.number().int() });

/** How the present version did before a trial and in it. */
export const interference = z.object({
  verdict: z
    .enum(["too_few", "not_worse", "worse"])
    .describe("`too_few`: there were too few tasks before the trial to compare with."),
  before: failures.describe("Tasks of the present version before the trial."),
  since: failures.describe("Its own tasks while the other one was tried."),
});

const forecasts = z.object({
  judged: z.number().int().describe("Forecasts whose outcome is known."),
  over: z.number().int().describe("How many of the latest of them `forecast` and `base` are the mean of."),
  forecast: z.number().describe("Mean squared error (Brier score) of the forecasts over that slice."),
  base: z.number().describe("The same of the base rate."),
  evidence: z.number().describe("What a bet of 1 on the forecasts against the base rate has become over all of them."),
});

const shadowStanding = z.object({
  pairs: z.number().int().describe("Tasks that ended and whose copies did."),
  control: z.number().int().describe("Those that succeeded with the present version."),
  candidate: z.number().int().describe("Copies that succeeded with the new one."),
  lost: z.number().int().describe("Pairs of which only the copy failed."),
  won: z.number().int().describe("Pairs of which only the copy succeeded."),
});

export const evolutionTypes = {
  "forecast.proven": fact(
    "Forecasts of which agent fails next have beaten the base rate: from now on the scheduler heeds them.",
    forecasts,
  ),
  "forecast.unproven": fact(
    "Forecasts of which agent fails next beat the base rate no longer: from now on nothing heeds them.",
    forecasts.extend({ because: z.string() }),
    "warning",
  ),
  "evolution.proposed": fact(
    "A change of an agent's configuration may help: it failed three times within a day in the same way, or once where the change was kept for its kin.",
    proposal,
  ),
  "evolution.shadow_started": fact(
    "A new version of an agent's configuration runs on copies of live tasks before its trial; only the present one counts.",
    improvement.extend({ control: z.number().int(), candidate: z.number().int(), tasks: z.number().int() }),
  ),
  "evolution.shadow_began": fact(
    "A live task is copied to the version in shadow.",
    improvement.extend({ taskId: z.string() }),
    "debug",
  ),
  "evolution.shadowed": fact(
    "The copy of a task ended. This is nobody's outcome: nothing is counted, learned or tried again by it.",
    improvement.extend({
      taskId: z.string(),
      outcome: z.enum(["succeeded", "failed", "void"]).describe("`void`: it was cut off, and says nothing."),
      reason: failureReason.optional(),
      durationMs: z.number(),
    }),
    "debug",
  ),
  "evolution.shadow_judged": fact(
    "A task and its copy have both ended.",
    improvement.extend(shadowStanding.shape),
    "debug",
  ),
  "evolution.shadow_ended": fact(
    "A shadow is over: the trial begins, or the new version was clearly worse and gets none.",
    improvement.extend({ verdict: z.enum(["worse", "not_worse"]), ...shadowStanding.shape }),
  ),
  "evolution.trial_started": fact(
    "A new version of an agent's configuration is tried against the present one.",
    improvement.extend({
      control: z.number().int(),
      candidate: z.number().int(),
      configHash: z.string(),
      before: agentSetup,
      after: agentSetup,
    }),
  ),
  "evolution.assigned": fact(
    "A task was given to one of a trial's two versions.",
    improvement.extend({ taskId: z.string(), block: z.number().int().min(0), arm: trialArm }),
    "debug",
  ),
  "evolution.block_judged": fact(
    "Both tasks of a trial's block have ended.",
    improvement.extend({
      block: z.number().int().min(0),
      control: z.boolean(),
      candidate: z.boolean(),
      ...standing.shape,
    }),
    "debug",
  ),
  "evolution.decided": fact(
    "A trial is over: the new version is kept, or the old one stays.",
    improvement.extend({
      verdict: z.enum(["keep", "rollback", "inconclusive"]),
      reason: z
        .enum(["better", "worse", "breaker", "no_difference", "withdrawn", "shadow", "interference"])
        .describe(
          "`interference`: the present version itself began to fail more while the other one was tried, so that they cannot be compared.",
        ),
      ...standing.shape,
      interference: interference
        .optional()
        .describe("Whether the present version, which is unchanged, failed more than before the trial."),
    }),
  ),
  "evolution.kept": fact(
    "The new version is the agent's configuration from now on.",
    improvement.extend({ version: z.number().int() }),
  ),
  "evolution.rollback_requested": fact(
    "A person wants a kept improvement taken back.",
    improvement.extend({ by: z.string(), reason: z.string() }),
  ),
  "evolution.rolled_back": fact(
    "The agent has the configuration from before, compared byte for byte.",
    improvement.extend({
      same: z.boolean().describe("Whether what holds now is, byte for byte, what held before."),
      detail: z.string(),
      version: z.number().int(),
    }),
  ),
  "evolution.rejected": fact(
    "A person, or the passing of time, said no to an improvement.",
    improvement.extend({ by: z.string(), reason: z.string() }),
  ),
  "evolution.abandoned": fact(
    "An improvement came to nothing, because its agent is gone or was changed by somebody else.",
    improvement.extend({ reason: z.string() }),
    "warning",
  ),
};
