import { signalExitCode } from "../signals.ts";
import type { Story } from "./story.ts";

/** What `aios run` answers with when it is at fault itself, or the program never ran. */
export const OWN_FAILURE = 125;

/**
 * The exit code of a story that is over: the program's own, 128 + n when signal n ended it (also when that was ours:
 * time limit, cancel), 125 when there was no program to end.
 */
export function exitCodeOfRun({ end, endedBy }: Pick<Story, "end" | "endedBy">): number {
  if (end === undefined) return OWN_FAILURE;
  if (end.state === "succeeded") return 0;
  const ours = endedBy === undefined || endedBy === "none" ? "SIGTERM" : endedBy;
  switch (end.reason) {
    case "exit":
      return end.exitCode ?? OWN_FAILURE;
    case "signal":
      return signalExitCode(end.signal ?? ours);
    case "timeout":
    case "cancelled":
    case "interrupted":
      return signalExitCode(ours);
    default:
      return OWN_FAILURE;
  }
}
