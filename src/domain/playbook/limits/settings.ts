import { z } from "zod";

const ms = (value: number) => z.number().int().min(0).default(value);
const count = (value: number) => z.number().int().min(1).default(value);
const share = (value: number) => z.number().min(0).max(1).default(value);

/** How much remedies may do. Every number is configuration. */
export const limitsSettings = z.strictObject({
  cooldownMs: ms(300_000).describe("Between two runs of one playbook on one target."),
  cooldownFactor: z
    .number()
    .min(1)
    .default(2)
    .describe("Growth of the cooldown with every run that was no verified fix."),
  cooldownCapMs: ms(3_600_000).describe("The cooldown grows no further."),
  cooldownResetMs: ms(1_800_000).describe("A fix that held so long ends the growth."),
  targetPerHour: count(3).describe("Runs on one target in an hour."),
  targetPerDay: count(7).describe("Runs on one target in a day."),
  playbookPerHour: count(10).describe("Runs of one playbook in an hour."),
  allPerHour: count(30).describe("Runs in all in an hour."),
  reserveP0: z.number().int().min(0).default(5).describe("Part of `allPerHour` that only P0 may use."),
  groupFrom: count(5).describe(
    "Groups of so many agents may have a share of them touched at once, smaller ones a single agent.",
  ),
  groupShare: share(0.2).describe("That share, rounded down, but at least one agent."),
  groupHealthyShare: share(0.51).describe("Share of the group's other agents that must be healthy."),
  stormPerMinute: count(100).describe("So many matches in a minute begin a storm, in which only P0 acts."),
  stormGroupShare: share(0.4).describe("So does a group of which this share is struck within a minute."),
  stormQuietMs: ms(300_000).describe("Quiet that ends a storm."),
  loopRuns: count(3).describe("Runs of one playbook that may follow from one root event."),
  breakerFailures: count(3).describe("Verified failures in a row that stop a playbook."),
  breakerOpenMs: ms(3_600_000).describe("How long it is stopped before one run is tried."),
  relapseFactor: z
    .number()
    .min(0)
    .default(10)
    .describe("A fix has relapsed when its trigger comes back within so many of its settle delays."),
  budgetOutcomes: count(20).describe("The error budget looks at so many of a playbook's latest verified outcomes."),
  budgetShare: share(0.9).describe("A smaller share of fixes among them makes every run of it ask."),
});
export type LimitsSettings = z.infer<typeof limitsSettings>;
