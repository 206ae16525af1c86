import { missingDependency } from "../domain/missing-dependency.ts";
import { is } from "../events/envelope.ts";
import { announce } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

/** Tells of what a task lacked, once the task has given up. */
export const dependencyNotices: Reflex = {
  name: "dependency-notices",
  state: "none",
  listens: ["task.failed"],
  hear(event) {
    if (!is(event, "task.failed") || event.data.agentId === undefined) return [];
    const { taskId, agentId, error } = event.data;
    const missing = missingDependency(error.message, error.stderrTail);
    if (missing === undefined) return [];
    const data = { taskId, agentId, kind: missing.kind, name: missing.name };
    return [announce("watch.dependency_missing", data, { subject: `task/${taskId}`, key: `dependency:${event.id}` })];
  },
};
