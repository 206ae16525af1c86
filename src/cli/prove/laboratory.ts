import path from "node:path";
import { fileURLToPath } from "node:url";
import type { ConfigInput } from "../../config.ts";
import { createEngine, type Engine } from "../../index.ts";
import { createLog } from "../../platform/log.ts";
import { faults } from "./faults.ts";
import { READY } from "./job.ts";
import { TOOL_COMMAND } from "./playbooks.ts";

export const AGENT = "worker";

const example = (name: string) => fileURLToPath(new URL(`../../../examples/prove/${name}`, import.meta.url));

export interface Laboratory {
  /** A folder of its own for everything. */
  readonly root: string;
  readonly seed: number;
  /** The agent's program: ours unless another is tried. */
  readonly program: string | undefined;
  /** Tasks at once. */
  readonly atOnce: number;
}

/** What may be changed between two engines of a comparison: whether playbooks act, and whether the agent is advised. */
export interface Setting {
  readonly name: string;
  readonly acts: boolean;
  readonly advice: boolean;
}

/** A real engine with a data directory of its own, and the one agent. */
export async function openEngine({ root, ...lab }: Laboratory, { name, acts, advice }: Setting): Promise<Engine> {
  const config: ConfigInput = {
    dataDir: dataDirOf(root, name),
    memory: { advice },
    sensors: { enabled: false },
    // Nothing but the memory may differ: no playbook and no change of configuration helps along.
    evolution: { enabled: false },
    reactor: {
      mode: acts ? "live" : "observe",
      playbooks: [path.join(root, "playbooks")],
      commands: {
        [TOOL_COMMAND]: {
          path: process.execPath,
          arguments: [
            example("tools.mjs"),
            { name: "tool", values: faults.map(({ tool }) => tool) },
            { name: "job", pattern: "/.+" },
          ],
        },
      },
      limits: { cooldownMs: 0, targetPerHour: 1_000, targetPerDay: 1_000, playbookPerHour: 1_000, allPerHour: 10_000 },
    },
    tasks: { maxConcurrent: lab.atOnce, backoff: { firstMs: 100 } },
    shutdown: { graceMs: 2_000 },
  };
  const engine = await createEngine({ config, directory: root, log: createLog({ level: "error", format: "pretty" }) });
  await engine.agents.register(AGENT, {
    kind: "process",
    config: {
      command: [process.execPath, lab.program ?? example("agent.mjs"), ...argumentsOf(lab.seed)],
      env: { [READY]: "yes" },
      graceMs: 500,
    },
    concurrency: lab.atOnce,
    policy: { failureThreshold: 1_000_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1_000_000 },
  });
  return engine;
}

/** The agent's own configuration: its tools, in no telling order, and a seed for its guesses. */
function argumentsOf(seed: number): readonly string[] {
  const tools = faults.map(({ tool }) => tool).sort();
  return ["--tools", tools.join(","), "--seed", String(seed)];
}

export function dataDirOf(root: string, name: string): string {
  return path.join(root, "engines", name);
}
