import { z } from "zod";
import { detectors } from "./config/detectors.ts";
import { http } from "./config/doors.ts";
import { evolution } from "./config/evolution.ts";
import { journal } from "./config/journal.ts";
import { failures, lessons, memory, score } from "./config/knowledge.ts";
import { reactor } from "./config/reactor.ts";
import { sensors } from "./config/sensors.ts";
import { log, notify, shutdown } from "./config/service.ts";
import { supervision } from "./config/supervision.ts";
import { agents, tasks } from "./config/work.ts";
import type { agentPolicy } from "./events/types/agent.ts";

/** Everything that can be configured, with its default. The file, then the environment, then flags have the last word. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe("The schema that an editor checks this file with; the engine ignores it."),
  dataDir: z.string().min(1).default(".aios").describe("Directory of everything that outlives the process."),
  http,
  journal,
  tasks,
  agents,
  reactor,
  supervision,
  sensors,
  detectors,
  failures,
  lessons,
  score,
  evolution,
  memory,
  notify,
  log,
  shutdown,
});

export type Config = z.infer<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;

const agentDefaults = { failureThreshold: 3, cooldownMs: 60_000, openMs: 60_000, archiveAfterProbes: 10 };

/** The limits an agent gets when it names none of its own. */
export function agentPolicyOf(
  config: Config,
  own: Partial<z.infer<typeof agentPolicy>> = {},
): z.infer<typeof agentPolicy> {
  return { ...agentDefaults, ...definedOf(config.agents.policy), ...definedOf(own) };
}

function definedOf<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
