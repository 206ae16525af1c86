import type { NotificationRow } from "./notifications.ts";
import type { RestartRow } from "./restarts.ts";
import type { RunRow, RunStepRow } from "./run-row.ts";
import type { AttemptRow, TaskRow } from "./tasks.ts";

/** One line of the ledger of effects: what was done outside, under which key, for the how manieth time, and how it ended. */
export interface EffectRow {
  readonly effect: string;
  readonly key: string;
  readonly attempt: number;
  /** `none`: it is over and nobody can say how; `interrupted`: it ended with its engine. */
  readonly outcome: "under_way" | "done" | "failed" | "cancelled" | "interrupted" | "none";
  readonly detail?: string | undefined;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
}

/** The attempts of a task, oldest first; only so many as the view keeps. */
export function effectsOfTask({ id, history }: Pick<TaskRow, "id" | "history">): readonly EffectRow[] {
  return history.map((row) => ({
    effect: `task on ${row.agent}`,
    // As the dispatcher makes it.
    key: `${id}/${row.attempt}`,
    attempt: row.attempt,
    outcome: outcomeOf(row),
    detail: row.error && `${row.error.reason}: ${row.error.message}`,
    startedAtMs: row.startedAtMs,
    endedAtMs: row.endedAtMs,
  }));
}

function outcomeOf({ state, error }: AttemptRow): EffectRow["outcome"] {
  if (state === "running") return "under_way";
  if (state === "succeeded") return "done";
  return state === "failed" && error?.reason === "interrupted" ? "interrupted" : state;
}

/** The steps of a run that were begun, in order, then their undoing, the last step first. */
export function effectsOfRun({ steps, state }: Pick<RunRow, "steps" | "state">): readonly EffectRow[] {
  const open = state === "settled" ? "none" : "under_way";
  const ends = (ok: boolean | undefined): EffectRow["outcome"] => (ok === undefined ? open : ok ? "done" : "failed");
  const done = steps.flatMap((step) => (step.key === undefined ? [] : [stepEffect(step, step.key, ends(step.ok))]));
  const undone = steps.toReversed().flatMap(({ action, undo }) =>
    undo === undefined
      ? []
      : [
          {
            effect: `undo ${action}`,
            key: undo.key,
            attempt: undo.attempt,
            outcome: ends(undo.ok),
            detail: undo.detail,
            startedAtMs: undo.startedAtMs,
            endedAtMs: undo.endedAtMs,
          },
        ],
  );
  return [...done, ...undone];
}

/** A message to people; it is sent again until it has been, or is given up. */
export function effectOfMessage(row: NotificationRow): EffectRow {
  const outcomes = { sent: "done", retrying: "under_way", given_up: "failed" } as const;
  return {
    effect: `message by ${row.channel}`,
    key: row.key,
    attempt: Math.max(1, row.attempts),
    outcome: outcomes[row.state],
    detail: row.state === "sent" ? row.text : row.lastError,
    endedAtMs: row.sentAtMs ?? row.updatedAtMs,
  };
}

/** What a supervisor did to a resident process. */
export function effectOfRestart({ key, agent, did, attempt, reason, atMs }: RestartRow): EffectRow {
  const effect = `${did === "restarted" ? "restart" : "end"} of ${agent}`;
  return { effect, key, attempt, outcome: "done", detail: reason, endedAtMs: atMs };
}

function stepEffect(
  { action, attempt = 1, detail, startedAtMs, endedAtMs }: RunStepRow,
  key: string,
  outcome: EffectRow["outcome"],
): EffectRow {
  return { effect: action, key, attempt, outcome, detail, startedAtMs, endedAtMs };
}
