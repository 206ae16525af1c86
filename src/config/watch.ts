import { z } from "zod";
import { httpUrl } from "../actions/params.ts";
import { isPlainPath } from "../domain/playbook/grants.ts";
import { ms } from "./duration.ts";

/** What is watched may be acted on: a path that stands for others would give away more than it says. */
const path = z
  .string()
  .max(4096)
  .refine((text) => isPlainPath(text) && !text.includes("*"), "an absolute path without `.`, `..` or `*`");
const percent = z.number().min(0).max(100);
const share = z.number().min(0).max(1);

export const watch = z
  .strictObject({
    intervalMs: ms.default(15_000).describe("Between two looks."),
    repeatMs: ms.default(600_000).describe("What lasts is told again after this."),
    files: z
      .array(
        z.strictObject({
          path: path.describe("The file."),
          source: path.optional().describe("Where it can be had again."),
          mode: z.number().int().min(0).max(0o777).optional().describe("Permission bits that it must not lack."),
          reader: z.string().min(1).optional().describe("The user who must be able to read it."),
        }),
      )
      .default([])
      .describe("Files that must be there."),
    volumes: z
      .array(
        z.strictObject({
          path: path.describe("Any path on the volume."),
          fire: percent.default(90).describe("At or above it the volume counts as full."),
          clear: percent.default(85).describe("At or below it, as well again."),
          scratch: z
            .strictObject({
              directory: path.describe("The directory."),
              name: z.string().min(1).default("*.tmp").describe("Their names, with * for any text."),
              olderThanMs: z.number().int().min(0).default(3_600_000).describe("Untouched for so long."),
            })
            .optional()
            .describe("Files on it that may be deleted."),
        }),
      )
      .default([])
      .describe("Volumes that must not run full."),
    logs: z
      .array(
        z.strictObject({
          path: path.describe("The log."),
          maxBytes: z.number().int().min(1).default(104_857_600).describe("A larger one is rotated."),
          keep: z.number().int().min(1).max(100).default(5).describe("Older logs that stay."),
        }),
      )
      .default([])
      .describe("Files that grow."),
    locks: z
      .array(
        z.strictObject({
          path: path.describe("The lock file; the first number in it is its owner's process id."),
          maxAgeMs: ms.optional().describe("An older one is stale, whoever holds it."),
        }),
      )
      .default([])
      .describe("Lock files that may be left behind."),
    zombies: z
      .strictObject({
        lastMs: z.number().int().min(0).default(30_000).describe("A child that ended may wait so long for its parent."),
        count: z.number().int().min(1).default(3).describe("So many of them are too many."),
      })
      .prefault({})
      .describe("Ended processes below agents for which nobody waits."),
    clock: z
      .strictObject({
        reference: httpUrl.describe("An address whose answers carry the right time in `Date`."),
        maxSkewMs: ms.default(5_000).describe("The machine's clock may be off by less than this."),
      })
      .optional()
      .describe("The machine's clock against another; nobody is asked unless named."),
    backlog: z
      .strictObject({
        fire: z.number().int().min(1).default(50).describe("So many tasks that wait for one agent are a backlog."),
        clear: z.number().int().min(0).default(10).describe("So few are none any more."),
        maxConcurrency: z
          .number()
          .int()
          .min(1)
          .optional()
          .describe("How many tasks at once an agent may be given because of it; unless named, its own number stays."),
      })
      .prefault({})
      .describe("Tasks that wait for an agent."),
    score: z
      .strictObject({
        fire: share.default(0.7).describe("Below it too few tasks succeed."),
        clear: share.default(0.8).describe("At or above it enough do again."),
        of: z.number().int().min(1).default(5).describe("An agent is judged by so many of its latest tasks."),
      })
      .prefault({})
      .describe("The score's share of tasks that succeed, and the agent that pulls it down."),
  })
  .prefault({})
  .describe("What is looked at beside machine and agents. Playbooks may act on the places that are named here.");
