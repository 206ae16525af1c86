import { z } from "zod";
import { ms } from "./duration.ts";
import { watch } from "./watch.ts";

const flips = z.strictObject({
  fire: z.number().min(0).describe("At or above it a sample counts as high."),
  clear: z.number().min(0).describe("At or below it a sample counts as normal again."),
});

const defaults = {
  cpu: { fire: 80, clear: 70 },
  memory: { fire: 90, clear: 80 },
  disk: { fire: 90, clear: 85 },
  gpu: { fire: 95, clear: 85 },
  agentMemoryMiB: { fire: 1024, clear: 768 },
};

export const sensors = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether machine and agents are measured."),
    intervalMs: ms.default(5000).describe("Between two samples."),
    samples: z.number().int().positive().default(3).describe("Samples in a row that a crossing takes, either way."),
    holdMs: z.number().int().min(0).default(60_000).describe("No crossing follows another sooner."),
    host: z
      .strictObject({
        cpu: flips.default(defaults.cpu).describe("Per cent of all cores."),
        memory: flips.default(defaults.memory).describe("Per cent of the machine's memory."),
        disk: flips.default(defaults.disk).describe("Per cent of the volume that holds the data directory."),
        gpu: flips.default(defaults.gpu).describe("Per cent of the busiest GPU, where there is one."),
      })
      .prefault({})
      .describe("When the machine counts as high."),
    agent: z
      .strictObject({
        cpu: flips
          .default(defaults.cpu)
          .describe("Per cent of one core, used or waited for, summed over the agent's process trees."),
        memoryMiB: flips.default(defaults.agentMemoryMiB).describe("MiB, summed over the agent's process trees."),
      })
      .prefault({})
      .describe("When an agent counts as high."),
    watch,
    anomalies: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Whether it is told when a series leaves its own habits."),
        latencyMs: z
          .number()
          .int()
          .min(0)
          .default(1000)
          .describe(
            "Tasks of an agent that end within so long of its last sample of latency count as one, by their mean.",
          ),
        series: z
          .number()
          .int()
          .positive()
          .max(4096)
          .default(64)
          .describe("Series (an agent's CPU, memory and latency are three) followed at once, about 250 kB each."),
      })
      .prefault({})
      .describe("Anomalies without a threshold."),
  })
  .prefault({})
  .describe("Measurements.");
