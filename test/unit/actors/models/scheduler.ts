import { schedulerActor } from "../../../../src/actors/scheduler.ts";
import type { SchedulerContext, SchedulerFacts } from "../../../../src/machines/scheduler-book.ts";
import { factsOf } from "../../../support/agent-facts.ts";
import { AT, comes, type Model, restarted, type Step, says } from "./model.ts";

const facts: SchedulerFacts = {
  agents: factsOf([{ id: "a", state: "idle", breaker: "closed", accepting: true, capabilities: [], concurrency: 1 }]),
  taskState: () => "pending",
};

/** One agent that takes a task at a time, and two tasks for it: one waits for the other, or for its backoff. */
export function schedulerModel(): Model {
  // Only its routes and its place are used: the agents stay as they are, and what is given out is carried out by nobody.
  const { perform: _, ...kind } = schedulerActor({ maxConcurrent: 2 } as never);
  const task = (id: string) => ({
    id,
    agentId: "a",
    input: null,
    priority: "P2" as const,
    timeoutMs: 1_000,
    retries: 1,
    dependsOn: [],
    onInterrupt: "retry" as const,
    submittedBy: "me",
  });
  const about = (taskId: string) => ({ taskId, agentId: "a", attempt: 1, key: `${taskId}/1` });
  const failed = (note: string, more: { readonly retryAtMs?: number; readonly retryable?: boolean }) =>
    says(
      "task.attempt_failed",
      {
        ...about("t"),
        reason: "error",
        error: { message: "no", ...(more.retryable === undefined ? {} : { retryable: more.retryable }) },
        durationMs: 1,
        ...(more.retryAtMs === undefined ? {} : { retryAtMs: more.retryAtMs }),
      },
      note,
    );
  const steps: readonly Step[] = [
    says("task.submitted", { task: task("t") }, " t"),
    says("task.submitted", { task: task("u") }, " u"),
    says("task.started", { ...about("t"), deadlineAtMs: AT + 1_000, configVersion: 1, probe: false, lessons: [] }),
    says("task.succeeded", { ...about("t"), durationMs: 1, outputBytes: 2 }),
    failed(" for good", { retryable: false }),
    failed(" to be tried again", { retryAtMs: AT + 5_000 }),
    says("task.cancel_requested", { taskId: "t", by: "me", reason: "enough" }),
    says("task.cancelled", { taskId: "t", agentId: "a", by: "me", reason: "enough" }),
    says("task.retried", { taskId: "t", by: "reactor", agentId: "a", probe: true, task: task("t"), attempts: 1 }),
    says("agent.resumed", { agentId: "a", by: "me", reason: "go on" }),
    says("engine.stopping", { reason: "asked" }),
    restarted,
    comes("wake"),
    comes("timeout.t"),
  ];
  return {
    kind: { ...kind, facts: () => facts },
    name: "main",
    steps: steps.map((step) => ({ ...step, facts })),
    seen: ({ value, context }) => {
      const { waiting, active, wakeAtMs } = context as SchedulerContext;
      return JSON.stringify([
        value,
        [...waiting].map(([id, { notBeforeMs }]) => [id, notBeforeMs !== undefined]),
        [...active].map(([id, { started, probe }]) => [id, started, probe]),
        wakeAtMs !== undefined,
      ]);
    },
  };
}
