import type { EventType } from "../../events/catalog.ts";
import type { Severity } from "../../events/vocabulary.ts";

/** Events of the earlier system that mean what one of ours means. */
const types = new Map<string, EventType>([
  ["task_failed", "task.failed"],
  ["failure", "task.failed"],
  ["task.failed", "task.failed"],
  ["error", "task.attempt_failed"],
  ["any_error", "task.attempt_failed"],
  ["agent_error", "task.attempt_failed"],
  ["TimeoutError", "task.attempt_failed"],
  ["resource_alert", "resource.high"],
  ["resource.cpu_high", "resource.high"],
  ["resource.memory_high", "resource.high"],
  ["resource.disk_full", "resource.high"],
]);

/** Fields of the earlier events, and where the same stands in ours. */
const fields = new Map<string, string>([
  ["retry_count", "event.data.attempts"],
  ["agent_id", "event.data.agentId"],
  ["task_id", "event.data.taskId"],
  ["error_type", "event.data.error.code"],
  ["error_message", "event.data.error.message"],
  ["error", "event.data.error.message"],
  ["resource", "event.data.resource"],
  ["value", "event.data.value"],
  ["threshold", "event.data.threshold"],
]);

const operators = new Map<string, string>([
  ["$gte", "gte"],
  ["$gt", "gt"],
  ["$lte", "lte"],
  ["$lt", "lt"],
  ["$eq", "eq"],
  ["$ne", "ne"],
  ["$in", "in"],
  ["$nin", "nin"],
  [">=", "gte"],
  [">", "gt"],
  ["<=", "lte"],
  ["<", "lt"],
  ["==", "eq"],
  ["!=", "ne"],
]);

const severities = new Map<string, Severity>([
  ["DEBUG", "debug"],
  ["INFO", "info"],
  ["LOW", "info"],
  ["WARN", "warning"],
  ["WARNING", "warning"],
  ["MEDIUM", "warning"],
  ["ERR", "error"],
  ["ERROR", "error"],
  ["HIGH", "error"],
  ["CRIT", "critical"],
  ["CRITICAL", "critical"],
  ["EXTREME", "critical"],
]);

/** Our type of an earlier event; one that has none is told under `legacy.`, where nothing of ours is mistaken for it. */
export function typeOf(name: string): { readonly type: string; readonly isOurs: boolean } {
  const ours = types.get(name);
  return ours === undefined ? { type: legacyType(name), isOurs: false } : { type: ours, isOurs: true };
}

/** A type that the doors accept: `legacy.` and the name, its words in lower case. */
export function legacyType(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9_.]+/g, "_")
    .split(".")
    .map((word) => word.replace(/^[^a-z]+/, "").replace(/_+$/, ""))
    .filter((word) => word !== "");
  return ["legacy", ...(words.length === 0 ? ["event"] : words)].join(".").slice(0, 100);
}

/** Where an earlier field stands in our events; one that is not known is looked for under its own name. */
export function fieldOf(name: string): string {
  return fields.get(name) ?? `event.data.${name}`;
}

export function operatorOf(name: string): string | undefined {
  return operators.get(name);
}

export function severityOf(name: string): Severity | undefined {
  return severities.get(name.toUpperCase());
}

/** An id that a file may have. */
export function idOf(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 60);
  return id === "" ? "imported" : id;
}
