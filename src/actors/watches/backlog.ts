import type { Clock } from "../../kernel/clock.ts";
import type { AgentsView } from "../views/agents.ts";
import type { TaskRow, TasksView } from "../views/tasks.ts";
import type { Sight, Watch } from "./watch.ts";

export interface BacklogSettings {
  /** Tasks that wait for one agent. */
  readonly fire: number;
  readonly clear: number;
  /** How many tasks at once an agent may be given for it; absent, it is not for a playbook to say. */
  readonly maxConcurrency?: number | undefined;
}

interface BacklogDeps {
  readonly clock: Clock;
  readonly agents: AgentsView;
  readonly tasks: TasksView;
}

/** Tasks that wait for an agent, counted in the engine's own folds. */
export function backlog({ fire, clear, maxConcurrency }: BacklogSettings, deps: BacklogDeps): Watch {
  const name = "backlog";
  /** Who had one: that it is over is told of the same agent, as often as somebody asks. */
  const known = new Set<string>();
  return {
    name,
    async look() {
      // Counting is only worth it when enough wait, or when somebody had a backlog.
      if (deps.tasks.counts().queued < fire && known.size === 0) return [];
      const waiting = new Map<string, TaskRow[]>([...known].map((id) => [id, []]));
      for (const task of deps.tasks.list()) {
        const { agentId } = task.spec;
        if (task.state !== "queued" || agentId === undefined) continue;
        const found = waiting.get(agentId);
        if (found === undefined) waiting.set(agentId, [task]);
        else found.push(task);
      }
      return [...waiting].flatMap(([id, tasks]) => sightOf(id, tasks));
    },
  };

  function sightOf(agentId: string, tasks: readonly TaskRow[]): readonly Sight[] {
    const row = deps.agents.get(agentId);
    if (row === undefined) return [];
    const key = `${name} ${agentId}`;
    const says = `${tasks.length} tasks wait for ${agentId}`;
    if (tasks.length < fire) {
      return [{ key, stands: tasks.length <= clear ? "well" : "between", says }];
    }
    known.add(agentId);
    const { concurrency } = row.spec;
    const wanted = Math.min(maxConcurrency ?? 0, concurrency * 2);
    const oldest = Math.min(...tasks.map(({ submittedAtMs }) => submittedAtMs));
    const data = { agentId, queued: tasks.length, oldestMs: Math.max(0, deps.clock.now() - oldest), concurrency };
    const finding = {
      type: "watch.backlog",
      data: { ...data, ...(wanted > concurrency ? { wanted } : {}) },
    } as const;
    return [{ key, stands: "bad", says, finding, subject: `agent/${agentId}` }];
  }
}
