import { type AgentRow, type ConfigVersionRow, successOf } from "../../actors/views/agents.ts";
import type { AgentsDoor } from "../../http/deps.ts";
import { principalName } from "../../http/principals.ts";
import type { AgentView, ConfigurationVersion } from "../../http/shapes/agent.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { supervisorMachine } from "../../machines/supervisor.ts";
import type { Runtime } from "../../runtime.ts";

export function agentsDoor(runtime: Runtime): AgentsDoor {
  const { views, agents } = runtime;
  const show = (row: AgentRow) => agentView(row, runtime);
  return {
    list: () => [...views.agents.list()].reverse().map(show),
    get: (id) => {
      const row = views.agents.get(id);
      return row === undefined ? undefined : show(row);
    },
    async register(input, by) {
      if (input.kind === "function")
        throw new AiosError("agent.invalid", "a function lives in the program that registers it", {
          faults: [{ path: "kind", message: "`function` is for the library; use `process` or `http`" }],
        });
      return show(await agents.register(input, principalName(by)));
    },
    command: async (id, command, reason, by) => show(await agents.command(id, command, reason, principalName(by))),
    configurations: (id) => [...(views.agents.get(id)?.versions ?? [])].reverse().map(versionView),
    async configure(id, config, by) {
      const { version } = await agents.configure(id, config, { by: principalName(by) });
      const row = agents.get(id).versions.find((one) => one.version === version);
      if (row === undefined) throw new AiosError("conflict", `version ${version} of ${id} was replaced at once`);
      return versionView(row);
    },
  };
}

function agentView(row: AgentRow, runtime: Runtime): AgentView {
  const { views, sensors } = runtime;
  const { id, spec, configVersion, configHash, state, breaker, accepting, sinceMs } = row;
  const { value, n } = successOf(row);
  return {
    id,
    kind: spec.kind,
    config: spec.config,
    configVersion,
    configHash,
    capabilities: [...spec.capabilities],
    group: spec.group,
    concurrency: spec.concurrency,
    policy: spec.policy,
    tuning: spec.tuning,
    alternatives: spec.alternatives,
    shadow: spec.shadow,
    state,
    breaker,
    accepting,
    sinceMs,
    running: [...row.running],
    success: { value, n },
    tasks: { succeeded: row.tasks.succeeded, failed: row.tasks.failed },
    processes: row.processes.map(({ pid, startTime }) => ({ pid, startTime })),
    usage: sensors.lastOf(id) ?? usageOf(views.resources.agent(id)),
    supervision: supervisionOf(id, runtime),
    lastError: row.lastFailures.at(-1)?.message,
  };
}

function supervisionOf(id: string, { residents, host }: Runtime): AgentView["supervision"] {
  const care = residents.careOf(id);
  if (care === undefined) return undefined;
  const snapshot = host.snapshot<typeof supervisorMachine>(care.supervisor);
  const { attempt = 0, down = [] } = snapshot?.context ?? {};
  return { ...care, state: snapshot?.value ?? "watching", restarts: attempt, down: down.includes(id) };
}

/** The last minute that was told, for an agent whose sensor has not read anything since the engine began. */
function usageOf(
  summary:
    | { readonly cpuPercent?: number | undefined; readonly memoryMiB?: number | undefined; readonly atMs: number }
    | undefined,
): AgentView["usage"] {
  if (summary === undefined) return undefined;
  const { cpuPercent, memoryMiB, atMs } = summary;
  return { cpuPercent, memoryMiB, atMs };
}

function versionView(row: ConfigVersionRow): ConfigurationVersion {
  const { version, config, configHash, by, atMs, current, restores, run } = row;
  return { version, config, configHash, by, atMs, current, restores, run };
}
