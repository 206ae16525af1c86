import type { Active } from "../../src/domain/decision.ts";
import { withValue } from "../../src/domain/sharded.ts";
import { isNewDay, type RunStatistics, recordRun, withPeak } from "../../src/domain/task-order.ts";
import type { Waiting } from "../../src/domain/waiting.ts";
import { causeOf } from "../../src/events/envelope.ts";
import type { TaskSpec } from "../../src/events/types/task.ts";
import type { SchedulerContext, SchedulerEvent } from "../../src/machines/scheduler-book.ts";

type Book = Pick<SchedulerContext, "waiting" | "active" | "statistics" | "lastGiven">;
type Page = {
  readonly waiting: Map<string, Waiting>;
  readonly active: Map<string, Active>;
};

/** The tasks after an event, found by copying them all and looking at each. */
export function bookAfter(context: SchedulerContext, event: SchedulerEvent): Book {
  const { waiting, active } = pageAfter(context, event);
  const statistics = ranAfter(context, event);
  return {
    waiting,
    active,
    statistics:
      comesIn(event) || isNewDay(statistics, event.at) ? peakAfter(waiting, statistics, context, event) : statistics,
    lastGiven:
      event.type === "task.started"
        ? withValue(context.lastGiven, event.data.agentId, event.sequence)
        : context.lastGiven,
  };
}

function pageAfter(context: SchedulerContext, event: SchedulerEvent): Page {
  const page = { waiting: new Map(context.waiting), active: new Map(context.active) };
  const { waiting, active } = page;
  switch (event.type) {
    case "task.submitted": {
      const { task } = event.data;
      const needs = task.dependsOn.filter((id) => event.facts.taskState(id) !== "succeeded");
      waiting.set(task.id, queued(task, { sinceMs: event.at, cause: causeOf(event), needs }));
      break;
    }
    case "task.started":
      begin(page, event);
      break;
    case "task.attempt_failed": {
      const { taskId, retryAtMs } = event.data;
      const running = active.get(taskId);
      active.delete(taskId);
      if (running === undefined || running.cancel !== undefined || retryAtMs === undefined) break;
      const { task, attempt } = running;
      const again = { attempts: attempt, sinceMs: retryAtMs, notBeforeMs: retryAtMs, cause: causeOf(event) };
      waiting.set(taskId, queued(task, again));
      break;
    }
    case "task.succeeded":
      active.delete(event.data.taskId);
      waiting.delete(event.data.taskId);
      release(waiting, event.data.taskId, event.at);
      break;
    case "task.failed":
    case "task.cancelled":
      active.delete(event.data.taskId);
      waiting.delete(event.data.taskId);
      break;
    case "task.cancel_requested": {
      const { taskId, by, reason } = event.data;
      const running = active.get(taskId);
      waiting.delete(taskId);
      if (running !== undefined) active.set(taskId, { ...running, cancel: running.cancel ?? { by, reason } });
      break;
    }
    case "task.retried": {
      const { task, attempts, probe } = event.data;
      if (active.has(task.id)) break;
      const sinceMs = probe ? beforeItsPeers(waiting, task, event.at) : event.at;
      waiting.set(task.id, queued(task, { attempts, sinceMs, probe, cause: causeOf(event) }));
      break;
    }
    case "engine.started":
      takeBackUnbegun(page);
      break;
    default:
      break;
  }
  return page;
}

function queued(task: TaskSpec, more: Pick<Waiting, "sinceMs" | "cause"> & Partial<Waiting>): Waiting {
  return { attempts: 0, notBeforeMs: undefined, needs: [], probe: false, told: undefined, ...more, task };
}

function begin({ waiting, active }: Page, event: Extract<SchedulerEvent, { type: "task.started" }>): void {
  const { taskId, agentId, attempt, probe } = event.data;
  const given = active.get(taskId);
  const task = given?.task ?? waiting.get(taskId)?.task;
  const cancel = given?.cancel === undefined ? {} : { cancel: given.cancel };
  const begun = { agentId, attempt, probe, started: true, sinceMs: event.at, cause: causeOf(event), ...cancel };
  waiting.delete(taskId);
  if (task !== undefined) active.set(taskId, { task, ...begun });
}

function release(waiting: Map<string, Waiting>, taskId: string, atMs: number): void {
  for (const [id, entry] of waiting) {
    if (!entry.needs.includes(taskId)) continue;
    const needs = entry.needs.filter((need) => need !== taskId);
    waiting.set(id, { ...entry, needs, sinceMs: needs.length === 0 ? atMs : entry.sinceMs });
  }
}

function beforeItsPeers(waiting: ReadonlyMap<string, Waiting>, { priority }: TaskSpec, atMs: number): number {
  let first = atMs;
  for (const { task, sinceMs } of waiting.values())
    if (task.priority === priority) first = Math.min(first, sinceMs - 1);
  return first;
}

function takeBackUnbegun({ waiting, active }: Page): void {
  for (const [id, { task, attempt, sinceMs, probe, cause, started, cancel }] of active) {
    if (started) continue;
    active.delete(id);
    if (cancel === undefined) waiting.set(id, queued(task, { attempts: attempt - 1, sinceMs, probe, cause }));
  }
}

function ranAfter({ active, statistics }: SchedulerContext, event: SchedulerEvent): RunStatistics {
  if (event.type !== "task.succeeded" && event.type !== "task.attempt_failed") return statistics;
  const running = active.get(event.data.taskId);
  if (running === undefined) return statistics;
  return recordRun(statistics, running.agentId, running.task.priority, event.data.durationMs);
}

function comesIn({ type }: SchedulerEvent): boolean {
  return type === "task.submitted" || type === "task.retried" || type === "task.succeeded" || type === "DEADLINE.wake";
}

function peakAfter(
  waiting: ReadonlyMap<string, Waiting>,
  statistics: RunStatistics,
  { maxConcurrent }: SchedulerContext,
  { at }: SchedulerEvent,
): RunStatistics {
  const inQueue = [...waiting.values()]
    .filter(({ needs, notBeforeMs }) => needs.length === 0 && (notBeforeMs ?? 0) <= at)
    .map(({ task, sinceMs }) => ({ id: task.id, priority: task.priority, sinceMs, agentId: task.agentId }));
  return withPeak(statistics, inQueue, maxConcurrent, at);
}
