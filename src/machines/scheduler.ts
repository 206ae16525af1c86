import { assign, enqueueActions, setup } from "xstate";
import {
  type Active,
  type AgentFacts,
  type Decided,
  decide,
  type Situation,
  type Waiting,
} from "../domain/decision.ts";
import { noStatistics, type RunStatistics, recordRun, withPeak } from "../domain/task-order.ts";
import type { TaskSpec } from "../events/types/task.ts";
import type { Deadline, Heard } from "./hearing.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";

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

/** Parameters of the `dispatch` effect. */
export interface Dispatch {
  readonly task: TaskSpec;
  readonly agentId: string;
  readonly attempt: number;
  readonly probe: boolean;
}
/** Parameters of the `abort` effect. */
export interface Abort {
  readonly taskId: string;
  readonly reason: "timeout" | "cancelled";
  readonly by: string;
  readonly why: string;
}

const subject = (taskId: string) => ({ subject: `task/${taskId}` });

/** Waiting and active tasks after an event. Facts win: what the journal says happened has happened, whatever was decided. */
function bookAfter(
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
      });
      break;
    }
    case "task.started": {
      const { taskId, agentId, attempt, probe } = event.data;
      const task = active.get(taskId)?.task ?? waiting.get(taskId)?.task;
      waiting.delete(taskId);
      if (task !== undefined) active.set(taskId, { task, agentId, attempt, probe, started: true, sinceMs: event.at });
      break;
    }
    case "task.attempt_failed": {
      const running = active.get(event.data.taskId);
      active.delete(event.data.taskId);
      if (running !== undefined)
        statistics = recordRun(statistics, running.agentId, running.task.priority, event.data.durationMs);
      if (running !== undefined && event.data.retryAtMs !== undefined) {
        const { task, attempt } = running;
        waiting.set(task.id, {
          task,
          attempts: attempt,
          sinceMs: event.at,
          notBeforeMs: event.data.retryAtMs,
          needs: [],
          probe: false,
          told: undefined,
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
    case "task.retried": {
      const { task, attempts, probe } = event.data;
      // A remedy vouches for it: it goes before its peers, so that the verdict on the remedy does not wait for them.
      const sinceMs = probe ? 0 : event.at;
      if (!active.has(task.id))
        waiting.set(task.id, { task, attempts, sinceMs, notBeforeMs: undefined, needs: [], probe, told: undefined });
      break;
    }
    case "engine.started":
      // Decided but never started: nothing happened, so it simply waits again.
      for (const [id, entry] of active) {
        if (entry.started) continue;
        active.delete(id);
        waiting.set(id, {
          task: entry.task,
          attempts: entry.attempt - 1,
          sinceMs: entry.sinceMs,
          notBeforeMs: undefined,
          needs: [],
          probe: entry.probe,
          told: undefined,
        });
      }
      break;
    default:
      // What only changes who is free, or asks for an ending, moves no task by itself.
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

function situationOf(context: SchedulerContext, event: SchedulerEvent): Situation {
  return { ...context, agents: event.facts.agents, nowMs: event.at };
}

/** The retry that comes due first. */
function nextWake(waiting: ReadonlyMap<string, Waiting>, nowMs: number): number | undefined {
  let wake: number | undefined;
  for (const { notBeforeMs } of waiting.values()) {
    if (notBeforeMs !== undefined && notBeforeMs > nowMs && (wake === undefined || notBeforeMs < wake))
      wake = notBeforeMs;
  }
  return wake;
}

function signature({ decision }: Decided): string {
  return decision.kind === "scheduled"
    ? `scheduled ${decision.notBeforeMs} ${decision.reason}`
    : `${decision.kind} ${decision.reason}`;
}

/**
 * The scheduler: analyse what happened, prioritise, route, have it executed, and take note of how it ended.
 * `open` gives out work; `draining` lets what runs finish and gives out nothing.
 */
export const schedulerMachine = setup({
  types: {
    context: {} as SchedulerContext,
    events: {} as SchedulerEvent,
    input: {} as { readonly maxConcurrent: number },
    emitted: {} as Output,
  },
  actions: {
    analyse: assign(({ context, event }) => bookAfter(context, event)),
    settleFailures: enqueueActions(({ context, event, enqueue }) => {
      for (const output of consequences(context, event)) enqueue.emit(output);
    }),
    route: enqueueActions(({ context, event, enqueue }) => {
      const waiting = new Map(context.waiting);
      const active = new Map(context.active);
      for (const decided of decide(situationOf(context, event))) {
        const { taskId, decision } = decided;
        const entry = waiting.get(taskId);
        if (entry === undefined) continue;
        const told = signature(decided);
        if (entry.told !== told) enqueue.emit(announce("task.decided", { taskId, decision }, subject(taskId)));
        waiting.set(taskId, { ...entry, told });
        if (decision.kind !== "immediate") continue;
        waiting.delete(taskId);
        const { agentId } = decision;
        const attempt = entry.attempts + 1;
        const probe = entry.probe || event.facts.agents.get(agentId)?.breaker === "half_open";
        active.set(taskId, { task: entry.task, agentId, attempt, probe, started: false, sinceMs: entry.sinceMs });
        const params: Dispatch = { task: entry.task, agentId, attempt, probe };
        enqueue.emit({ type: "effect", name: "dispatch", key: `${taskId}/${attempt}`, params });
      }
      const wakeAtMs = nextWake(waiting, event.at);
      if (wakeAtMs !== context.wakeAtMs)
        enqueue.emit(wakeAtMs === undefined ? dropDeadline("wake") : deadline("wake", wakeAtMs));
      enqueue.assign({ waiting, active, wakeAtMs });
    }),
    timeOut: enqueueActions(({ context, event, enqueue }) => {
      const taskId = event.type.slice("DEADLINE.timeout.".length);
      const running = context.active.get(taskId);
      if (running === undefined) return;
      const params: Abort = {
        taskId,
        reason: "timeout",
        by: "scheduler",
        why: `it ran for ${running.task.timeoutMs} ms`,
      };
      enqueue.emit({ type: "effect", name: "abort", key: `${taskId}/${running.attempt}/timeout`, params });
    }),
  },
}).createMachine({
  id: "scheduler",
  version: "1",
  context: ({ input }) => ({
    ...input,
    waiting: new Map(),
    active: new Map(),
    statistics: noStatistics,
    wakeAtMs: undefined,
  }),
  initial: "open",
  states: {
    open: {
      on: {
        "engine.stopping": { target: "draining" },
        "DEADLINE.timeout.*": { actions: "timeOut" },
        "*": { actions: ["analyse", "settleFailures", "route"] },
      },
    },
    draining: {
      on: {
        "engine.started": { target: "open", actions: ["analyse", "settleFailures", "route"] },
        "DEADLINE.timeout.*": { actions: "timeOut" },
        "*": { actions: ["analyse", "settleFailures"] },
      },
    },
  },
});

/** What follows from an event besides new assignments: ended tasks, failed dependants, cancelled waiters, time limits. */
function consequences(context: SchedulerContext, event: SchedulerEvent): readonly Output[] {
  switch (event.type) {
    case "task.started": {
      const { taskId, deadlineAtMs } = event.data;
      return [deadline(`timeout.${taskId}`, deadlineAtMs)];
    }
    case "task.succeeded":
      return [dropDeadline(`timeout.${event.data.taskId}`)];
    case "task.attempt_failed": {
      const { taskId, agentId, attempt, reason, error, retryAtMs } = event.data;
      const over = dropDeadline(`timeout.${taskId}`);
      if (retryAtMs !== undefined) return [over];
      const state = error.retryable === false ? "failed" : "dead";
      return [
        over,
        announce("task.failed", { taskId, agentId, state, attempts: attempt, reason, error }, subject(taskId)),
      ];
    }
    case "task.submitted":
      return event.data.task.dependsOn
        .filter((id) => event.facts.taskState(id) === "failed")
        .slice(0, 1)
        .map((id) => dependencyFailed(event.data.task.id, id));
    case "task.failed":
    case "task.cancelled": {
      const ended = event.data.taskId;
      const dependants = [...context.waiting.values()].filter(({ needs }) => needs.includes(ended));
      return [dropDeadline(`timeout.${ended}`), ...dependants.map(({ task }) => dependencyFailed(task.id, ended))];
    }
    case "task.cancel_requested":
      return cancelling(context, event.data);
    case "engine.started":
      return [...context.active.values()].filter(({ started }) => started).map((entry) => interrupted(entry, event.at));
    default:
      return [];
  }
}

function dependencyFailed(taskId: string, dependency: string): Output {
  const error = { message: `it depends on ${dependency}, which did not succeed`, retryable: false };
  return announce(
    "task.failed",
    { taskId, state: "failed", attempts: 0, reason: "dependency", error },
    { ...subject(taskId), key: `${taskId}/dependency/${dependency}` },
  );
}

function cancelling(
  context: SchedulerContext,
  request: { readonly taskId: string; readonly by: string; readonly reason: string },
): readonly Output[] {
  const { taskId, by, reason } = request;
  const running = context.active.get(taskId);
  if (running !== undefined) {
    const params: Abort = { taskId, reason: "cancelled", by, why: reason };
    return [{ type: "effect", name: "abort", key: `${taskId}/${running.attempt}/cancel`, params }];
  }
  return context.waiting.has(taskId) ? [announce("task.cancelled", { taskId, by, reason }, subject(taskId))] : [];
}

/** An attempt that the end of the engine cut off: it is retried or failed as its task declared. */
function interrupted(entry: Active, atMs: number): Output {
  const { task, agentId, attempt } = entry;
  return announce(
    "task.attempt_failed",
    {
      taskId: task.id,
      agentId,
      attempt,
      key: `${task.id}/${attempt}`,
      reason: "interrupted",
      error: { message: "the engine ended while this attempt ran" },
      durationMs: 0,
      ...(task.onInterrupt === "retry" ? { retryAtMs: atMs } : {}),
    },
    subject(task.id),
  );
}
