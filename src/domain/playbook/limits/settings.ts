import { z } from "zod";

const ms = (value: number) => z.number().int().min(0).default(value);
const count = (value: number) => z.number().int().min(1).default(value);
const share = (value: number) => z.number().min(0).max(1).default(value);

/** How much remedies may do. Every number is configuration. */
export const limitsSettings = z.strictObject({
  /** Between two runs of one playbook on one target; grows by the factor with every unverified run, up to the cap. */
  cooldownMs: ms(300_000),
  cooldownFactor: z.number().min(1).default(2),
  cooldownCapMs: ms(3_600_000),
  /** A fix that held this long resets the growth. */
  cooldownResetMs: ms(1_800_000),
  targetPerHour: count(3),
  targetPerDay: count(7),
  playbookPerHour: count(10),
  /** All runs together; the reserve is the part of it that only P0 may use. */
  allPerHour: count(30),
  reserveP0: z.number().int().min(0).default(5),
  /** Groups of this size on may have a share of their members touched at once; smaller ones a single member. */
  groupFrom: count(5),
  groupShare: share(0.2),
  /** Of the other members, this share must be healthy. */
  groupHealthyShare: share(0.51),
  stormPerMinute: count(100),
  /** A storm also begins when this share of a group is struck within a minute. */
  stormGroupShare: share(0.4),
  stormQuietMs: ms(300_000),
  /** Runs of one playbook that may follow from one root event. */
  loopRuns: count(3),
  /** Verified failures in a row that open a playbook's breaker, and how long it stays open. */
  breakerFailures: count(3),
  breakerOpenMs: ms(3_600_000),
  /** Once this many verified outcomes are known, a smaller share of fixes makes every run ask. */
  budgetOutcomes: count(20),
  budgetShare: share(0.9),
});
export type LimitsSettings = z.infer<typeof limitsSettings>;
