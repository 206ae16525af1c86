import { type AnyEvent, is } from "../../events/envelope.ts";
import type { Task } from "../answers.ts";

/** How a task ended. */
export interface End {
  readonly state: "succeeded" | "failed" | "dead" | "cancelled";
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode?: number;
  readonly signal?: string;
}

/** What is known of one task while it is followed. A value: each event makes the next one. */
export interface Story {
  readonly taskId: string;
  readonly attempts: number;
  readonly end: End | undefined;
  /** Playbook runs that work on it without anybody being asked first. */
  readonly remedies: ReadonlySet<string>;
  /** The strongest signal that ended the newest attempt that had to be ended. */
  readonly endedBy: string | undefined;
}

export function storyOf(task: Pick<Task, "id" | "state" | "attempts" | "error">): Story {
  return { taskId: task.id, attempts: task.attempts, end: endOf(task), remedies: new Set(), endedBy: undefined };
}

/** `open` goes on; `over` is over; `failed` is over unless a remedy answers within a moment. */
export function chapterOf({ end, remedies }: Story): "open" | "failed" | "over" {
  if (end === undefined) return "open";
  if (end.state === "succeeded" || end.state === "cancelled") return "over";
  return remedies.size > 0 ? "open" : "failed";
}

export function storyAfter(story: Story, event: AnyEvent): Story {
  return event.subject === `task/${story.taskId}` ? afterOwn(story, event) : afterOther(story, event);
}

function afterOwn(story: Story, event: AnyEvent): Story {
  if (is(event, "task.started")) return { ...story, attempts: event.data.attempt, end: undefined, endedBy: undefined };
  if (is(event, "task.retried")) return { ...story, end: undefined };
  if (is(event, "task.attempt_failed")) return { ...story, endedBy: event.data.contained?.signal };
  if (is(event, "task.succeeded")) return { ...story, end: { state: "succeeded" } };
  if (is(event, "task.cancelled"))
    return { ...story, end: { state: "cancelled", reason: "cancelled", message: event.data.reason } };
  if (is(event, "task.failed")) {
    const { state, reason, error } = event.data;
    return { ...story, end: { state, ...factsOf({ reason, ...error }) } };
  }
  return story;
}

function afterOther(story: Story, event: AnyEvent): Story {
  const remedies = new Set(story.remedies);
  if (is(event, "playbook.matched") && event.data.taskId === story.taskId && event.data.mode === "live")
    remedies.add(event.data.runId);
  // A person may take days to decide: that is not waited for.
  if (is(event, "approval.requested") || is(event, "playbook.settled")) remedies.delete(event.data.runId);
  return { ...story, remedies };
}

function endOf({ state, error }: Pick<Task, "state" | "error">): End | undefined {
  if (state === "queued" || state === "running" || state === "waiting") return undefined;
  return { state, ...(state === "succeeded" || error === undefined ? {} : factsOf(error)) };
}

interface Facts {
  readonly reason: string;
  readonly message: string;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

function factsOf({ reason, message, exitCode, signal }: Facts): Omit<End, "state"> {
  return {
    reason,
    message,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
  };
}
