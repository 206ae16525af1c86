import { type AnyEvent, is } from "../../events/envelope.ts";
import { sayDuration } from "../duration.ts";
import { plain } from "../terminal.ts";
import type { Story } from "./story.ts";

/** What the caller is told of an event while its program runs; most events are of no interest. */
export function noteOf(event: AnyEvent, before: Story, after: Story): string | undefined {
  const note = event.subject === `task/${after.taskId}` ? ofTask(event, after) : ofRemedy(event, before, after);
  return note === undefined ? undefined : plain(note);
}

function ofTask(event: AnyEvent, { attempts }: Story): string | undefined {
  if (is(event, "task.decided")) {
    const { decision } = event.data;
    // Between two attempts it always waits a little, and that was said.
    if (decision.kind !== "deferred" || attempts > 0) return undefined;
    const why = decision.passedOver.map(({ id, reason }) => `${id} ${reason}`).join(", ");
    return `waits: ${decision.reason}${why === "" ? "" : ` (${why})`}`;
  }
  if (is(event, "task.attempt_failed")) {
    const { attempt, reason, error, retryAtMs } = event.data;
    if (retryAtMs === undefined) return undefined;
    const wait = retryAtMs - event.at;
    const again = wait > 0 ? `again in ${sayDuration(wait)}` : "again at once";
    return `attempt ${attempt} failed: ${wordsOf(reason, error.message)}; ${again}`;
  }
  return is(event, "task.retried") ? `${event.data.by} has it tried again` : undefined;
}

function ofRemedy(event: AnyEvent, before: Story, after: Story): string | undefined {
  if (is(event, "playbook.matched") && after.remedies.has(event.data.runId))
    return `playbook ${event.data.playbookId} is at work on it`;
  if (is(event, "approval.requested") && before.remedies.has(event.data.runId))
    return `playbook ${event.data.playbookId} waits for a person: \`aios approvals\``;
  return undefined;
}

/** How a run went that did not go well; nothing for one that did. */
export function lastNote({ end, attempts }: Story): string | undefined {
  if (end === undefined || end.state === "succeeded") return undefined;
  if (end.state === "cancelled") return plain(`cancelled: ${end.message ?? ""}`);
  const tries = attempts <= 1 ? "" : ` after ${attempts} attempts`;
  return plain(`failed${tries}: ${wordsOf(end.reason ?? "", end.message ?? "")}`);
}

function wordsOf(reason: string, message: string): string {
  return reason === "timeout" ? `time limit: ${message}` : message;
}
