import type { EventView } from "../api.ts";
import { amount, duration, perCent, score, shortIds, words } from "../format.ts";

type Data = Readonly<Record<string, unknown>>;

/** What an event says, in one line. Types without words of their own are told by their subject. */
export function describe(event: EventView): string {
  const data: Data = typeof event.data === "object" && event.data !== null ? (event.data as Data) : {};
  return shortIds(sayings[event.type]?.(data) ?? fallback(event, data));
}

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const at = (data: Data, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isData(value) ? value[name] : undefined), data);
const say = (data: Data, ...path: readonly string[]): string => text(at(data, ...path));
const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(" ");
const because = (why: string): string => (why === "" ? "" : `: ${why}`);
const ms = (value: unknown): string => (typeof value === "number" ? duration(value) : "");
const onAgent = (data: Data): string => (say(data, "agentId") === "" ? "" : `on ${say(data, "agentId")}`);
const target = (data: Data): string => joined(say(data, "target", "kind"), say(data, "target", "id"));

const sayings: Readonly<Record<string, (data: Data) => string>> = {
  "engine.started": (data) => `engine ${say(data, "version")} started, before it: ${say(data, "previous")}`,
  "engine.ready": (data) => `ready after ${ms(data["startMs"])}`,
  "engine.stopping": (data) => `stopping${because(say(data, "reason"))}`,
  "deadline.fired": (data) => `${say(data, "name")} of ${say(data, "actor")}`,
  "reactor.paused": (data) => `paused by ${say(data, "by")}${because(say(data, "reason"))}`,
  "reactor.resumed": (data) => `resumed by ${say(data, "by")}`,
  "reactor.mode_changed": (data) => `now ${say(data, "mode")}`,
  "resource.high": (data) => `${resource(data)} is at ${reading(data)}${waited(data)}, threshold ${threshold(data)}`,
  "resource.normal": (data) => `${resource(data)} is back at ${reading(data)}`,
  "anomaly.detected": (data) =>
    `${say(data, "what")} of ${say(data, "agentId") || "the machine"} at ${say(data, "value")} ${unit(data)} is out of habit (${say(data, "reason")})`,
  "score.updated": (data) => joined(scoreOf(data), words(say(data, "grade")), trendOf(data)),
  "score.weights_changed": (data) =>
    joined(
      ...["tsr", "cr", "uptime", "learning"].map(
        (term) => `${term} × ${Number(say(data, "weights", term)).toFixed(3)}`,
      ),
    ),
  "score.alert_raised": (data) =>
    `${joined(say(data, "alert"), say(data, "of", "id"))} at ${score(number(data["value"]))}${because(say(data, "advice"))}`,
  "score.alert_cleared": (data) => `${joined(say(data, "alert"), say(data, "of", "id"))} is over`,
  "task.submitted": (data) => joined(say(data, "task", "id"), say(data, "task", "priority"), forWhom(data)),
  "task.decided": (data) =>
    `${say(data, "taskId")} ${say(data, "decision", "kind")}${because(say(data, "decision", "reason"))}`,
  "task.started": (data) => joined(say(data, "taskId"), "attempt", say(data, "attempt"), onAgent(data)),
  "task.succeeded": (data) => joined(say(data, "taskId"), onAgent(data), "in", ms(data["durationMs"])),
  "task.attempt_failed": (data) =>
    joined(say(data, "taskId"), "attempt", say(data, "attempt"), onAgent(data)) + failure(data),
  "task.failed": (data) => joined(say(data, "taskId"), "is", say(data, "state"), onAgent(data)) + failure(data),
  "task.cancelled": (data) => `${say(data, "taskId")} by ${say(data, "by")}${because(say(data, "reason"))}`,
  "task.retried": (data) => `${say(data, "taskId")} queued again by ${say(data, "by")}`,
  "agent.registered": (data) => joined(say(data, "agent", "id"), "kind", say(data, "agent", "kind")),
  "agent.configured": (data) => `${say(data, "agentId")} has version ${say(data, "version")} by ${say(data, "by")}`,
  "agent.state_changed": (data) =>
    `${say(data, "agentId")} ${say(data, "from")} → ${say(data, "to")}${because(say(data, "reason"))}`,
  "agent.degraded": (data) =>
    `${say(data, "agentId")} after ${say(data, "failures")} failures${because(say(data, "reason"))}`,
  "agent.process_started": (data) => `${say(data, "agentId")} runs as process ${say(data, "process", "pid")}`,
  "agent.process_exited": (data) =>
    `process ${say(data, "pid")} of ${say(data, "agentId")} ended with ${say(data, "signal") || `code ${say(data, "exitCode")}`}`,
  "playbook.matched": (data) => joined(say(data, "playbookId"), "for", target(data)),
  "playbook.suppressed": (data) =>
    `${joined(say(data, "playbookId"), "for", target(data))} held back: ${words(say(data, "reason"))}`,
  "playbook.executed": (data) =>
    joined(
      say(data, "playbookId"),
      "did",
      amount(number(data["steps"]) ?? 0, "step"),
      data["ok"] === false ? "with a failure" : "",
    ),
  "playbook.settled": (data) =>
    `${joined(say(data, "playbookId"), "on", target(data))} ${words(say(data, "outcome"))}${rolled(data)}${because(say(data, "reason"))}`,
  "playbook.relapsed": (data) => `${joined(say(data, "playbookId"), "on", target(data))}: it came back`,
  "run.prechecked": (data) => `pre-checks ${data["ok"] === true ? "hold" : "do not hold"}`,
  "run.step_started": (data) => `${say(data, "action")} begins`,
  "run.step_completed": (data) =>
    `${say(data, "action")} ${data["ok"] === true ? "done" : "failed"}${because(say(data, "detail"))}`,
  "run.probed": (data) => `probe ${say(data, "probe")}${because(say(data, "detail"))}`,
  "run.undo_started": (data) => `${say(data, "action")} is being undone`,
  "run.undo_completed": (data) => `${say(data, "action")} undone${because(say(data, "detail"))}`,
  "approval.requested": (data) =>
    joined(say(data, "playbookId"), "asks to act on", target(data), `(${say(data, "risk")} risk)`),
  "approval.decided": (data) => `${say(data, "decision")} by ${say(data, "by")}${because(say(data, "reason"))}`,
  "failure.observed": (data) => `${say(data, "template")} (${amount(number(data["tasks"]) ?? 0, "task")} so far)`,
  "lesson.drafted": (data) => say(data, "lessonId"),
  "lesson.remedied": (data) => `${say(data, "lessonId")} is answered by ${say(data, "playbookId")}`,
  "lesson.credited": (data) =>
    `${say(data, "lessonId")} ${words(say(data, "verdict"))}: ${say(data, "fixes")} fixes, ${say(data, "failures")} failures`,
  "lesson.promoted": (data) => `${say(data, "lessonId")} ${say(data, "from")} → ${say(data, "to")}`,
  "lesson.demoted": (data) => `${say(data, "lessonId")} ${say(data, "from")} → ${say(data, "to")}`,
  "evolution.proposed": (data) =>
    joined(say(data, "agentId"), say(data, "title"), `(${say(data, "risk")} risk)`) + because(say(data, "reason")),
  "evolution.trial_started": (data) =>
    `${say(data, "agentId")}: version ${say(data, "candidate")} is tried against ${say(data, "control")}`,
  "evolution.decided": (data) =>
    `${say(data, "agentId")}: ${words(say(data, "verdict"))}, ${words(say(data, "reason"))}, after ${amount(number(data["blocks"]) ?? 0, "block")}`,
  "evolution.kept": (data) => `${say(data, "agentId")} keeps version ${say(data, "version")}`,
  "evolution.rolled_back": (data) => say(data, "detail"),
  "evolution.rejected": (data) =>
    `${say(data, "agentId")}: refused by ${say(data, "by")}${because(say(data, "reason"))}`,
  "forecast.proven": (data) =>
    `squared error ${score(number(data["forecast"]))} against ${score(number(data["base"]))} of the base rate`,
  "forecast.unproven": (data) => say(data, "because"),
  "evolution.abandoned": (data) => `${say(data, "agentId")}: given up${because(say(data, "reason"))}`,
  "incident.opened": (data) => joined(say(data, "title"), data["needsPerson"] === true ? "(needs a person)" : ""),
  "incident.updated": (data) => say(data, "note"),
  "incident.acknowledged": (data) => `seen by ${say(data, "by")}`,
  "incident.resolved": (data) => `over, by ${say(data, "by")}${because(say(data, "reason"))}`,
  "incident.reopened": (data) => `back${because(say(data, "reason"))}`,
  "notification.sent": (data) => joined(say(data, "text"), "→", say(data, "channel")),
};

function fallback(event: EventView, data: Data): string {
  const told = ["message", "reason", "detail", "title"].map((name) => say(data, name)).find((value) => value !== "");
  return joined(event.subject ?? "", told ?? membersOf(data));
}

/** The first texts and numbers of an event that has no words of its own, such as a user's. */
function membersOf(data: Data): string {
  const told = Object.entries(data).flatMap(([name, value]) => (text(value) === "" ? [] : [`${name} ${text(value)}`]));
  return told.slice(0, 3).join(", ");
}

function resource(data: Data): string {
  return joined(say(data, "agentId") || say(data, "scope"), say(data, "resource"));
}

function reading(data: Data): string {
  return measured(data["value"], data["unit"]);
}

function waited(data: Data): string {
  const part = number(data["waited"]) ?? 0;
  return part < 1 ? "" : ` (${perCent(part)} of it waiting for a core)`;
}

function threshold(data: Data): string {
  return measured(data["threshold"], data["unit"]);
}

function measured(value: unknown, unit: unknown): string {
  return unit === "MiB" ? `${Math.round(number(value) ?? 0)} MiB` : perCent(number(value));
}

function scoreOf(data: Data): string {
  return score(number(data["score"]));
}

function trendOf(data: Data): string {
  const trend = say(data, "trend");
  return trend === "" ? "" : `and ${trend}`;
}

function forWhom(data: Data): string {
  const whom = say(data, "task", "agentId") || say(data, "task", "capability");
  return whom === "" ? "" : `for ${whom}`;
}

function failure(data: Data): string {
  return because(say(data, "error", "message") || say(data, "reason"));
}

function rolled(data: Data): string {
  const rollback = say(data, "rollback");
  return rollback === "" || rollback === "none" ? "" : `, ${words(rollback)}`;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null;
}

function unit(data: Data): string {
  return data["unit"] === "percent" ? "%" : say(data, "unit");
}
