import type { RunRow, RunStepRow } from "./run-row.ts";

/** Whether a run belongs on the list of what a person should look at: it was taken back, or could not be as a whole. */
export function isForReview({ rollback }: Pick<RunRow, "rollback">): boolean {
  return rollback === "rolled_back" || rollback === "residue";
}

/** Exactly what is left of a run that was taken back: its residue first, then each step and what became of it. */
export function leftOf(row: RunRow): readonly string[] {
  if (!isForReview(row)) return [];
  return [...row.residue, ...row.steps.flatMap((step) => leftOfStep(step, row))];
}

function leftOfStep({ step, state, says, same, action }: RunStepRow, { plan, residue }: RunRow): readonly string[] {
  const isTold = residue.some((line) => line.startsWith(says) || line.startsWith(`${action}: `));
  if (isTold) return [];
  switch (state) {
    case "undone":
      return same === true
        ? [`${says}: taken back, compared and as before`]
        : [`${says}: taken back; whether it is as before cannot be compared`];
    case "done":
      return [`${says}: stays done, there is nothing to take back`];
    case "failed":
    case "started":
      return plan?.steps[step]?.reversible === true ? [] : [`${says}: did not end well, and is not taken back`];
    case "planned":
    case "undoing":
    case "undo_failed":
      return [];
  }
}
