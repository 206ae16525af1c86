import type { Config } from "../config.ts";

/** Settings that a simulation of so many agents has where nobody asked for others. */
const own = {
  /** One engine looks after all of them; three at once would be a queue and nothing else. */
  "tasks.maxConcurrent": (agents: number) => Math.max(3, Math.ceil(agents / 20)),
  /** Crossings take three samples either way. */
  "sensors.intervalMs": () => 60_000,
  /** Nobody starts it again: where virtual time flies, checkpoints by the clock would be most of the work. */
  "journal.checkpoint.everyMs": () => 366 * 86_400_000,
} as const satisfies Record<string, (agents: number) => number>;

/**
 * The configuration of a simulated engine: the given one, with settings fit for so many agents where it has defaults.
 * Nothing leaves the simulation: no memory on a disk, no message to a person, and the agents are its own.
 */
export function simulatedConfig(config: Config, agents: number, origins: ReadonlyMap<string, string>): Config {
  const or = (name: keyof typeof own, given: number) => (origins.has(name) ? given : own[name](agents));
  const { tasks, sensors, journal, notify, memory } = config;
  const { checkpoint } = journal;
  return {
    ...config,
    tasks: { ...tasks, maxConcurrent: or("tasks.maxConcurrent", tasks.maxConcurrent) },
    sensors: { ...sensors, intervalMs: or("sensors.intervalMs", sensors.intervalMs) },
    journal: {
      ...journal,
      checkpoint: { ...checkpoint, everyMs: or("journal.checkpoint.everyMs", checkpoint.everyMs) },
    },
    agents: { ...config.agents, declared: [] },
    memory: { ...memory, backend: "volatile" },
    notify: { ...notify, webhook: undefined },
  };
}
