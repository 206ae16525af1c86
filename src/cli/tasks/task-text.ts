import type { Task } from "../answers.ts";
import { sayDuration } from "../duration.ts";
import { sayEffects } from "../effects/table.ts";
import { sayAge, sayJson, sayWhen } from "../say.ts";
import { type Column, details } from "../table.ts";
import type { Colour, Paint } from "../terminal.ts";

export const states = ["queued", "running", "waiting", "succeeded", "failed", "dead", "cancelled"] as const;
export const priorities = ["P0", "P1", "P2", "P3"] as const;

const ended: ReadonlySet<string> = new Set(["succeeded", "failed", "dead", "cancelled"]);

export function hasEnded({ state }: Pick<Task, "state">): boolean {
  return ended.has(state);
}

export const taskColumns = (nowMs: number): readonly Column<Task>[] => [
  { title: "TASK", of: ({ id }) => id },
  { title: "STATE", of: ({ state }) => state },
  { title: "PRIO", of: ({ priority }) => priority },
  {
    title: "AGENT",
    of: ({ agent, capability }) => agent ?? (capability === undefined ? "any" : `any with ${capability}`),
  },
  { title: "TRIES", of: ({ attempts }) => attempts, right: true },
  { title: "SUBMITTED", of: ({ submittedAtMs }) => sayAge(submittedAtMs, nowMs) },
  { title: "WHAT", of: (task) => whatOf(task), most: 60 },
];

function whatOf({ error, waitingFor, state }: Task): string {
  if (state === "succeeded") return "";
  return error === undefined ? (waitingFor ?? "") : `${error.reason}: ${error.message}`;
}

/** Everything about one task. */
export function sayTask(task: Task, nowMs: number, paint: Paint): string {
  const { error } = task;
  const about = details(
    [
      ["task", task.id],
      ["state", task.state, colourOf(task.state)],
      ["agent", task.agent ?? "any"],
      ["capability", task.capability],
      ["priority", task.priority],
      ["attempts", `${task.attempts} of ${task.retries + 1}`],
      ["time limit", sayDuration(task.timeoutMs)],
      ["waits for", task.waitingFor],
      ["depends on", task.dependsOn.length === 0 ? undefined : task.dependsOn.join(", ")],
      ["submitted", `${sayWhen(task.submittedAtMs, nowMs) ?? ""} by ${task.submittedBy}`],
      ["started", sayWhen(task.startedAtMs, nowMs)],
      ["ended", sayWhen(task.endedAtMs, nowMs)],
      ["took", task.durationMs === undefined ? undefined : sayDuration(task.durationMs)],
      ["input", sayJson(task.input)],
      ["output", outputOf(task)],
      ["error", error === undefined ? undefined : `${error.reason}: ${error.message}`],
      ["exit code", error?.exitCode],
      ["signal", error?.signal],
      ["stderr", error?.stderrTail],
    ],
    paint,
  );
  return `${about}${sayEffects(task.effects, nowMs, paint)}`;
}

function outputOf({ id, output, outputBytes }: Task): string | undefined {
  if (output !== undefined) return typeof output === "string" ? output : sayJson(output);
  return outputBytes === undefined ? undefined : `${outputBytes} bytes; \`aios tasks output ${id}\` prints them`;
}

function colourOf(state: Task["state"]): Colour {
  if (state === "succeeded") return "green";
  if (state === "failed" || state === "dead") return "red";
  return state === "cancelled" ? "yellow" : "cyan";
}
