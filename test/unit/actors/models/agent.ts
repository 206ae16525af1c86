import { agentActors } from "../../../../src/actors/agent.ts";
import type { AgentContext } from "../../../../src/machines/agent.ts";
import { AT, comes, type Model, says } from "./model.ts";

export function agentModel(): Model {
  const policy = { failureThreshold: 3, cooldownMs: 1_000, openMs: 5_000, archiveAfterProbes: 2 };
  const spec = { id: "a", kind: "process", config: null, capabilities: [], concurrency: 2, policy };
  const birth = { type: "agent.registered", data: { agent: spec, configHash: "x", by: "me" } } as const;
  const about = (taskId: string) => ({ taskId, agentId: "a", attempt: 1, key: `${taskId}/1` });
  const started = (taskId: string, probe = false) =>
    says(
      "task.started",
      { ...about(taskId), deadlineAtMs: AT + 1e10, configVersion: 1, probe, lessons: [] },
      ` ${taskId}${probe ? " as probe" : ""}`,
    );
  const failed = (taskId: string, reason: "error" | "interrupted" = "error") =>
    says(
      "task.attempt_failed",
      { ...about(taskId), reason, error: { message: "no" }, durationMs: 1 },
      ` ${taskId} ${reason}`,
    );
  const task = {
    id: "t",
    input: null,
    priority: "P2" as const,
    timeoutMs: 1_000,
    retries: 0,
    dependsOn: [],
    onInterrupt: "retry" as const,
    submittedBy: "me",
  };
  const ordered = { agentId: "a", by: "operator", reason: "asked" };
  return {
    kind: agentActors,
    name: "a",
    birth,
    steps: [
      started("t"),
      started("u"),
      started("t", true),
      says("task.succeeded", { ...about("t"), durationMs: 1, outputBytes: 2 }, " t"),
      says("task.succeeded", { ...about("u"), durationMs: 1, outputBytes: 2 }, " u"),
      failed("t"),
      failed("u"),
      failed("t", "interrupted"),
      says("task.cancelled", { taskId: "t", agentId: "a", by: "me", reason: "no more" }),
      says("task.retried", { taskId: "t", by: "reactor", agentId: "a", probe: true, task, attempts: 1 }),
      says("agent.registered", birth.data),
      says("agent.reset", ordered),
      says("agent.archived", ordered),
      says("agent.drained", ordered),
      says("agent.stopped", { ...ordered, ended: [] }),
      says("agent.resumed", ordered),
      comes("cooldown"),
      comes("open"),
    ],
    seen: ({ value, context }) => {
      const { breaker, active, accepting, probe } = context as AgentContext;
      const probes = "probes" in breaker && Math.min(breaker.probes, 3);
      const failures = Math.min(breaker.failures, 3);
      return JSON.stringify([value, breaker.kind, failures, probes, [...active].sort(), accepting, probe]);
    },
  };
}
