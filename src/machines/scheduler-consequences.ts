import type { Active } from "../domain/decision.ts";
import { queueOf } from "../domain/queue.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";
import type { SchedulerContext, SchedulerEvent } from "./scheduler-book.ts";

/** Parameters of the `abort` effect. */
export interface Abort {
  readonly taskId: string;
  readonly reason: "timeout" | "cancelled";
  readonly by: string;
  readonly why: string;
}

export const subject = (taskId: string) => ({ subject: `task/${taskId}` });

/**
 * What follows from an event besides new assignments: ended tasks, failed dependants, cancelled waiters, time limits.
 * `context` is the book as it was before the event.
 */
export function consequences(context: SchedulerContext, event: SchedulerEvent): readonly Output[] {
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
      const running = context.active.get(taskId);
      if (retryAtMs !== undefined) return running?.cancel === undefined ? [over] : [over, cancelled(running)];
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
      const dependants = queueOf(context.waiting).dependantsOf(ended);
      return [
        dropDeadline(`timeout.${ended}`),
        ...dependants.map(({ entry }) => dependencyFailed(entry.task.id, ended)),
      ];
    }
    case "task.cancel_requested":
      return cancelling(context, event.data);
    case "engine.started":
      return [...context.active.values()].flatMap((entry) => {
        if (entry.cancel !== undefined) return [cancelled(entry)];
        return entry.started ? [interrupted(entry, event.at)] : [];
      });
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

/** Its attempt is over without a success, and somebody wanted it cancelled: it is. */
function cancelled({ task, agentId, cancel, cause }: Active): Output {
  const { by = "engine", reason = "" } = cancel ?? {};
  return announce("task.cancelled", { taskId: task.id, agentId, by, reason }, { ...subject(task.id), cause });
}

/** An attempt that the end of the engine cut off: it is retried or failed as its task declared. */
function interrupted(entry: Active, atMs: number): Output {
  const { task, agentId, attempt, cause } = entry;
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
    { ...subject(task.id), cause },
  );
}
