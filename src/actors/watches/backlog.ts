import type { Clock } from "../../kernel/clock.ts";
import type { AgentsView } from "../views/agents.ts";
import type { TasksView } from "../views/tasks.ts";
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

const NONE: ReadonlySet<string> = new Set();

/**
 * Tasks that wait for an agent, counted in the engine's own folds. A glance leaves out agents that never had a backlog:
 * there is nothing to take back of them.
 */
export function backlog(
  { fire, clear, maxConcurrency }: BacklogSettings,
  { clock, agents, tasks }: BacklogDeps,
): Watch {
  const name = "backlog";
  /** Who had one: that it is over is told of the same agent, as often as somebody asks. */
  const known = new Set<string>();
  return {
    name,
    async look(how) {
      // Counting is only worth it when enough wait, or when somebody had a backlog.
      if (tasks.counts().queued < fire && known.size === 0) return [];
      const waiting = tasks.waiting();
      const begun = newestFirst([...waiting.keys()].filter((id) => !known.has(id) && begins(id, waiting.get(id))));
      const asked = new Set([...known, ...begun, ...(how === "closely" ? waiting.keys() : [])]);
      return [...asked].flatMap((id) => sightOf(id, waiting.get(id) ?? NONE));
    },
  };

  function begins(agentId: string, queued: ReadonlySet<string> = NONE): boolean {
    return queued.size >= fire && agents.get(agentId) !== undefined;
  }

  /** Agents in the order of the newest tasks that wait for them: what is told of first must not hang on a restart. */
  function newestFirst(agentIds: readonly string[]): readonly string[] {
    if (agentIds.length < 2) return agentIds;
    const all = new Set(agentIds);
    const found = tasks.list().flatMap(({ state, spec: { agentId } }) => {
      return state === "queued" && agentId !== undefined && all.has(agentId) ? [agentId] : [];
    });
    return [...new Set(found)];
  }

  function sightOf(agentId: string, queued: ReadonlySet<string>): readonly Sight[] {
    const row = agents.get(agentId);
    if (row === undefined) return [];
    const key = `${name} ${agentId}`;
    const says = `${queued.size} tasks wait for ${agentId}`;
    if (queued.size < fire) return [{ key, stands: queued.size <= clear ? "well" : "between", says }];
    known.add(agentId);
    const { concurrency } = row.spec;
    const wanted = Math.min(maxConcurrency ?? 0, concurrency * 2);
    const oldest = Math.min(...[...queued].map((id) => tasks.get(id)?.submittedAtMs ?? Number.POSITIVE_INFINITY));
    const data = { agentId, queued: queued.size, oldestMs: Math.max(0, clock.now() - oldest), concurrency };
    const finding = {
      type: "watch.backlog",
      data: { ...data, ...(wanted > concurrency ? { wanted } : {}) },
    } as const;
    return [{ key, stands: "bad", says, finding, subject: `agent/${agentId}` }];
  }
}
