import type { Active } from "../domain/decision.ts";
import type { AgentFacts } from "../domain/free-agent.ts";
import { MapDraft } from "../domain/map-draft.ts";
import { QueueDraft, queueOf } from "../domain/queue.ts";
import { type Sharded, withValue } from "../domain/sharded.ts";
import { isBelowPeak, isNewDay, type RunStatistics, recordRun, withPeak } from "../domain/task-order.ts";
import type { Waiting } from "../domain/waiting.ts";
import { causeOf } from "../events/envelope.ts";
import type { TaskSpec } from "../events/types/task.ts";
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
  | "agent.scaled"
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
  /** The journal's sequence at which each agent was last given a task. */
  readonly lastGiven: Sharded<number>;
  readonly wakeAtMs: number | undefined;
}

type Book = Pick<SchedulerContext, "waiting" | "active" | "statistics" | "lastGiven">;

/** The tasks, as far as the event has been told of them. */
interface Page {
  readonly waiting: QueueDraft;
  readonly active: MapDraft<Active>;
}

/** Waiting and active tasks after an event. Facts win: what the journal says happened has happened, whatever was decided. */
export function bookAfter(context: SchedulerContext, event: SchedulerEvent): Book {
  // Asked of what ran before while that is the newest version: going back to an older one takes a copy.
  const ran = ranAfter(context, event);
  const { waiting, active } = pageAfter(context, event);
  return {
    waiting,
    active,
    statistics: peakAfter(waiting, ran, context, event),
    lastGiven:
      event.type === "task.started"
        ? withValue(context.lastGiven, event.data.agentId, event.sequence)
        : context.lastGiven,
  };
}

function pageAfter(context: SchedulerContext, event: SchedulerEvent): Pick<SchedulerContext, "waiting" | "active"> {
  const page = { waiting: new QueueDraft(context.waiting), active: new MapDraft(context.active) };
  turn(page, event);
  return { waiting: page.waiting.entries, active: page.active.entries };
}

function turn(page: Page, event: SchedulerEvent): void {
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
      const running = active.entries.get(taskId);
      active.delete(taskId);
      if (running === undefined || running.cancel !== undefined || retryAtMs === undefined) break;
      const { task, attempt } = running;
      // It joins the queue when its backoff is over, and is no older than that.
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
      // At once, not when it is cancelled: nothing that comes in between may give it out.
      const { taskId, by, reason } = event.data;
      const running = active.entries.get(taskId);
      waiting.delete(taskId);
      if (running !== undefined) active.set(taskId, { ...running, cancel: running.cancel ?? { by, reason } });
      break;
    }
    case "task.retried": {
      const { task, attempts, probe } = event.data;
      if (active.entries.has(task.id)) break;
      const sinceMs = probe ? beforeItsPeers(waiting.entries, task, event.at) : event.at;
      waiting.set(task.id, queued(task, { attempts, sinceMs, probe, cause: causeOf(event) }));
      break;
    }
    case "engine.started":
      takeBackUnbegun(page);
      break;
    default:
      break;
  }
}

function queued(task: TaskSpec, more: Pick<Waiting, "sinceMs" | "cause"> & Partial<Waiting>): Waiting {
  return { attempts: 0, notBeforeMs: undefined, needs: [], probe: false, told: undefined, ...more, task };
}

function begin({ waiting, active }: Page, event: Extract<SchedulerEvent, { type: "task.started" }>): void {
  const { taskId, agentId, attempt, probe } = event.data;
  const given = active.entries.get(taskId);
  const task = given?.task ?? waiting.entries.get(taskId)?.task;
  const cancel = given?.cancel === undefined ? {} : { cancel: given.cancel };
  const begun = { agentId, attempt, probe, started: true, sinceMs: event.at, cause: causeOf(event), ...cancel };
  waiting.delete(taskId);
  if (task !== undefined) active.set(taskId, { task, ...begun });
}

/** Whoever waited for it no longer does; the last thing waited for is when the waiting for an agent begins. */
function release(waiting: QueueDraft, taskId: string, atMs: number): void {
  for (const { id, entry } of queueOf(waiting.entries).dependantsOf(taskId)) {
    const needs = entry.needs.filter((need) => need !== taskId);
    waiting.set(id, { ...entry, needs, sinceMs: needs.length === 0 ? atMs : entry.sinceMs });
  }
}

/** A remedy vouches for it: it goes first in its class, so that the verdict on the remedy does not wait for the others. */
function beforeItsPeers(waiting: ReadonlyMap<string, Waiting>, { priority }: TaskSpec, atMs: number): number {
  let first = atMs;
  for (const { task, sinceMs } of waiting.values())
    if (task.priority === priority) first = Math.min(first, sinceMs - 1);
  return first;
}

/** Decided but never started before the engine ended: nothing happened, so it simply waits again. */
function takeBackUnbegun({ waiting, active }: Page): void {
  for (const [id, { task, attempt, sinceMs, probe, cause, started, cancel }] of [...active.entries]) {
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

/** Whether something may have joined the queue: accepted, its backoff over, or what it waited for done. */
function comesIn({ type }: SchedulerEvent): boolean {
  return type === "task.submitted" || type === "task.retried" || type === "task.succeeded" || type === "DEADLINE.wake";
}

function peakAfter(
  entries: ReadonlyMap<string, Waiting>,
  statistics: RunStatistics,
  { maxConcurrent }: SchedulerContext,
  event: SchedulerEvent,
): RunStatistics {
  const { at } = event;
  if (!comesIn(event) && !isNewDay(statistics, at)) return statistics;
  const queue = queueOf(entries).at(at);
  if (isBelowPeak(statistics, queue.readyByPriority, maxConcurrent, at)) return statistics;
  return withPeak(statistics, queue.readyTasks, maxConcurrent, at);
}
