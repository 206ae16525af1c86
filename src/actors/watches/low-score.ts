import type { ScoreActor } from "../score.ts";
import type { EvolutionView } from "../views/evolution.ts";
import { hasEnded, type TasksView } from "../views/tasks.ts";
import type { Sight, Watch } from "./watch.ts";

export interface LowScoreSettings {
  /** Share of tasks that succeed. */
  readonly fire: number;
  readonly clear: number;
  /** An agent is judged by so many of its latest tasks. */
  readonly of: number;
}

interface LowScoreDeps {
  readonly score: Pick<ScoreActor, "current">;
  readonly tasks: TasksView;
  readonly evolution: Pick<EvolutionView, "openOf">;
}

interface Record {
  failed: number;
  ended: number;
}

const LEAST_SHARE = 0.5;

/**
 * The score's first term, and the one agent that pulls it down while others do well. Nobody is blamed while a change that
 * may help is being tried on it: that needs its tasks.
 */
export function lowScore({ fire, clear, of }: LowScoreSettings, { score, tasks, evolution }: LowScoreDeps): Watch {
  const name = "score_low";
  /** Who was blamed: how it goes on is told of the same agent. */
  let blamed: string | undefined;
  return {
    name,
    async look(): Promise<readonly Sight[]> {
      const { tsr } = score.current().terms;
      if (tsr === null) return [];
      const says = `${Math.round(100 * tsr)} % of all tasks succeed`;
      const worst = tsr < fire ? worstOf(recordsOf()) : undefined;
      if (worst !== undefined && (blamed === undefined || worst.agentId === blamed)) {
        blamed = worst.agentId;
        const data = { ...worst, tsr, threshold: fire };
        const subject = `agent/${worst.agentId}`;
        return [{ key: `${name} ${blamed}`, stands: "bad", says, finding: { type: "watch.score_low", data }, subject }];
      }
      if (blamed === undefined) return [];
      const key = `${name} ${blamed}`;
      if (tsr < clear) return [{ key, stands: "between", says }];
      return [{ key, stands: "well", says }];
    },
  };

  function recordsOf(): ReadonlyMap<string, Record> {
    const records = new Map<string, Record>();
    for (const task of tasks.list()) {
      if (task.agent === undefined || !hasEnded(task) || task.state === "cancelled") continue;
      const record = records.get(task.agent) ?? { failed: 0, ended: 0 };
      if (record.ended >= of) continue;
      record.ended++;
      if (task.state !== "succeeded") record.failed++;
      records.set(task.agent, record);
    }
    return records;
  }

  function isTried(agentId: string): boolean {
    const open = evolution.openOf(agentId);
    return open !== undefined && open.state !== "asking";
  }

  /** Nobody is to blame where all fail alike. */
  function worstOf(records: ReadonlyMap<string, Record>) {
    const blameable = [...records].filter(([, { failed, ended }]) => ended >= of && failed >= LEAST_SHARE * of);
    const first = blameable.sort(([, a], [, b]) => b.failed - a.failed).find(([id]) => !isTried(id));
    if (first === undefined) return undefined;
    const others = [...records].filter(([id]) => id !== first[0]);
    if (!others.some(([, { failed, ended }]) => failed < LEAST_SHARE * ended)) return undefined;
    return { agentId: first[0], failed: first[1].failed, of };
  }
}
