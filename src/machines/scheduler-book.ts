import type { Active, AgentFacts, Waiting } from "../domain/decision.ts";
import { type RunStatistics, recordRun, withPeak } from "../domain/task-order.ts";
import { causeOf } from "../events/envelope.ts";
import type { Deadline, Heard } from "./hearing.ts";

/** What the host adds to every event: the agents and the ended tasks as they are at this point of the journal. */
export interface SchedulerFacts {
  readonly agents: AgentFacts;
  taskState(taskId: string): "succeeded" | "failed" | "pending";
}

type Told = Heard<
  | "task.submitted"
  | "task.started"
  | "task.succeeded"
  | "task.attempt_failed"
  | "task.failed"
  | "task.cancel_requested"
  | "task.cancelled"
  | "task.retried"
  | "agent.registered"
  | "agent.state_changed"
  | "agent.resumed"
  | "agent.reset"
  | "agent.configured"
  | "engine.started"
  | "engine.stopping"
>;

export type SchedulerEvent = (
  | Told
  | Deadline<"wake">
  | { readonly type: `DEADLINE.timeout.${string}`; readonly at: number }
) & {
  readonly facts: SchedulerFacts;
};

export interface SchedulerContext {
  readonly maxConcurrent: number;
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly active: ReadonlyMap<string, Active>;
  readonly statistics: RunStatistics;
  readonly wakeAtMs: number | undefined;
}

/** Waiting and active tasks after an event. Facts win: what the journal says happened has happened, whatever was decided. */
export function bookAfter(
  context: SchedulerContext,
  event: SchedulerEvent,
): Pick<SchedulerContext, "waiting" | "active" | "statistics"> {
  const waiting = new Map(context.waiting);
  const active = new Map(context.active);
  let { statistics } = context;
  switch (event.type) {
    case "task.submitted": {
      const { task } = event.data;
      const needs = task.dependsOn.filter((id) => event.facts.taskState(id) !== "succeeded");
      waiting.set(task.id, {
        task,
        attempts: 0,
        sinceMs: event.at,
        notBeforeMs: undefined,
        needs,
        probe: false,
        told: undefined,
        cause: causeOf(event),
      });
      break;
    }
    case "task.started": {
      const { taskId, agentId, attempt, probe } = event.data;
      const given = active.get(taskId);
      const task = given?.task ?? waiting.get(taskId)?.task;
      const cancel = given?.cancel === undefined ? {} : { cancel: given.cancel };
      const begun = { agentId, attempt, probe, started: true, sinceMs: event.at, cause: causeOf(event), ...cancel };
      waiting.delete(taskId);
      if (task !== undefined) active.set(taskId, { task, ...begun });
      break;
    }
    case "task.attempt_failed": {
      const running = active.get(event.data.taskId);
      active.delete(event.data.taskId);
      if (running !== undefined)
        statistics = recordRun(statistics, running.agentId, running.task.priority, event.data.durationMs);
      if (running !== undefined && running.cancel === undefined && event.data.retryAtMs !== undefined) {
        const { task, attempt } = running;
        waiting.set(task.id, {
          task,
          attempts: attempt,
          sinceMs: event.at,
          notBeforeMs: event.data.retryAtMs,
          needs: [],
          probe: false,
          told: undefined,
          cause: causeOf(event),
        });
      }
      break;
    }
    case "task.succeeded": {
      const running = active.get(event.data.taskId);
      active.delete(event.data.taskId);
      waiting.delete(event.data.taskId);
      if (running !== undefined)
        statistics = recordRun(statistics, running.agentId, running.task.priority, event.data.durationMs);
      for (const [id, entry] of waiting) {
        if (entry.needs.includes(event.data.taskId))
          waiting.set(id, { ...entry, needs: entry.needs.filter((need) => need !== event.data.taskId) });
      }
      break;
    }
    case "task.failed":
    case "task.cancelled":
      active.delete(event.data.taskId);
      waiting.delete(event.data.taskId);
      break;
    case "task.cancel_requested": {
      // At once, not when it is cancelled: nothing that comes in between may give it out.
      const { taskId, by, reason } = event.data;
      const running = active.get(taskId);
      waiting.delete(taskId);
      if (running !== undefined) active.set(taskId, { ...running, cancel: running.cancel ?? { by, reason } });
      break;
    }
    case "task.retried": {
      const { task, attempts, probe } = event.data;
      // A remedy vouches for it: it goes before its peers, so that the verdict on the remedy does not wait for them.
      const sinceMs = probe ? 0 : event.at;
      const cause = causeOf(event);
      if (!active.has(task.id))
        waiting.set(task.id, {
          task,
          attempts,
          sinceMs,
          notBeforeMs: undefined,
          needs: [],
          probe,
          told: undefined,
          cause,
        });
      break;
    }
    case "engine.started":
      // Decided but never started: nothing happened, so it simply waits again.
      for (const [id, entry] of active) {
        if (entry.started) continue;
        active.delete(id);
        if (entry.cancel !== undefined) continue;
        waiting.set(id, {
          task: entry.task,
          attempts: entry.attempt - 1,
          sinceMs: entry.sinceMs,
          notBeforeMs: undefined,
          needs: [],
          probe: entry.probe,
          told: undefined,
          cause: entry.cause,
        });
      }
      break;
    default:
      // What only changes who is free moves no task by itself.
      break;
  }
  if (event.type === "task.submitted" || event.type === "task.retried") {
    const candidates = [...waiting.values()].map(({ task, sinceMs }) => ({
      id: task.id,
      priority: task.priority,
      sinceMs,
      agentId: task.agentId,
    }));
    statistics = withPeak(statistics, candidates, context.maxConcurrent, event.at);
  }
  return { waiting, active, statistics };
}
