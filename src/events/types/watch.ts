import { z } from "zod";
import { observation } from "../entry.ts";

const watch = z.object({
  watch: z.string().describe("What was looked at, by the name that `watch_clear` asks for again."),
});
const watchedFile = watch.extend({ path: z.string() });

/** What the watches of the configuration (`sensors.watch`) see. Each is told when it begins, and again while it lasts. */
export const watchTypes = {
  "watch.file_missing": observation(
    "A file that should be there is not, or is not the one that was there.",
    watchedFile.extend({
      source: z.string().optional().describe("Where it can be had again."),
      sha256: z.string().optional().describe("Of its content when it was last seen."),
    }),
    "error",
  ),
  "watch.file_denied": observation(
    "A file lacks permissions that its reader needs.",
    watchedFile.extend({
      mode: z.number().int().describe("The permission bits that it has."),
      wanted: z.number().int().describe("Those that it should have."),
      reader: z.string().optional().describe("The user who has to read it."),
    }),
    "error",
  ),
  "watch.volume_full": observation(
    "A volume is nearly full.",
    watchedFile.extend({
      usedPercent: z.number(),
      freeBytes: z.number(),
      threshold: z.number(),
      scratch: z
        .object({ directory: z.string(), name: z.string(), olderThanMs: z.number().int() })
        .optional()
        .describe("Which files on it may go."),
    }),
    "critical",
  ),
  "watch.log_large": observation(
    "A log, or what grows like one, has outgrown its limit.",
    watchedFile.extend({
      sizeBytes: z.number(),
      maxBytes: z.number(),
      bytesPerMinute: z.number().optional().describe("How fast it grew since the look before."),
      keep: z.number().int(),
    }),
    "warning",
  ),
  "watch.lock_stale": observation(
    "A lock file is left behind: whoever wrote it is gone, or it is older than any work under it.",
    watchedFile.extend({
      pid: z.number().int().optional().describe("Who took it, as the file says."),
      ageMs: z.number(),
      why: z.enum(["owner_gone", "too_old"]),
    }),
    "warning",
  ),
  "watch.zombies": observation(
    "Processes below an agent have ended and nobody waits for them.",
    watch.extend({ agentId: z.string(), count: z.number().int().positive(), pids: z.array(z.number().int()) }),
    "warning",
  ),
  "watch.clock_skewed": observation(
    "The machine's clock is not where its reference is.",
    watch.extend({
      byMs: z.number().describe("Ahead of the reference, or, below 0, behind it."),
      maxSkewMs: z.number(),
      reference: z.string(),
    }),
    "error",
  ),
  "watch.backlog": observation(
    "Tasks wait for an agent faster than it takes them.",
    watch.extend({
      agentId: z.string(),
      queued: z.number().int(),
      oldestMs: z.number().describe("How long the oldest of them has waited."),
      concurrency: z.number().int().describe("How many it may have at once."),
      wanted: z.number().int().optional().describe("How many it might have, as far as the configuration lets it."),
    }),
    "warning",
  ),
  "watch.score_low": observation(
    "Too many tasks fail, and most of them at one agent while others do well.",
    watch.extend({
      agentId: z.string().describe("Whose tasks fail most."),
      failed: z.number().int(),
      of: z.number().int(),
      tsr: z.number().describe("Share of all tasks that succeeded."),
      threshold: z.number(),
    }),
    "warning",
  ),
  "watch.cleared": observation("What a watch had seen is over.", watch.extend({ type: z.string() })),
  "watch.dependency_missing": observation(
    "A task failed because a module or a program is not installed.",
    z.object({
      taskId: z.string(),
      agentId: z.string(),
      kind: z.enum(["node", "python", "program"]),
      name: z.string(),
    }),
    "error",
  ),
};
