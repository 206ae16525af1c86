import type { Config } from "../config.ts";

/** Settings that a simulation of so many agents has where nobody asked for others. */
const own = {
  /** One engine looks after all of them; three at once would be a queue and nothing else. */
  "tasks.maxConcurrent": (agents: number) => Math.max(3, Math.ceil(agents / 20)),
  /** Crossings take three samples either way. */
  "sensors.intervalMs": () => 60_000,
} as const satisfies Record<string, (agents: number) => number>;

/**
 * The configuration of a simulated engine: the given one, with settings fit for so many agents where it has defaults.
 * Nothing leaves the simulation: no memory on a disk, no message to a person, and the agents are its own.
 */
export function simulatedConfig(config: Config, agents: number, origins: ReadonlyMap<string, string>): Config {
  const or = (name: keyof typeof own, given: number) => (origins.has(name) ? given : own[name](agents));
  const { tasks, sensors, notify, memory } = config;
  return {
    ...config,
    tasks: { ...tasks, maxConcurrent: or("tasks.maxConcurrent", tasks.maxConcurrent) },
    sensors: { ...sensors, intervalMs: or("sensors.intervalMs", sensors.intervalMs) },
    agents: { ...config.agents, declared: [] },
    memory: { ...memory, backend: "volatile" },
    notify: { ...notify, webhook: undefined },
  };
}
