import { errnoOf } from "../../domain/errno-of.ts";
import { traceOf } from "../../domain/fingerprint/trace.ts";
import type { FailureFacts } from "../../events/vocabulary.ts";
import type { EndReport, ProcessExit } from "../../kernel/processes.ts";
import { AttemptFailure } from "../kind.ts";
import { bounded } from "../protocol.ts";

/** Words by which programs introduce what went wrong, in the many lines they print around it. */
const TELLING = /error|exception|fatal|panic|\bE[A-Z]{3,}\b/i;

/** The failure of a program that ended badly: how it ended, and the line of stderr that says most. */
export function exitFailure(exit: ProcessExit, stderrTail: string): AttemptFailure {
  const how = exit.signal === null ? `exit code ${exit.code ?? "unknown"}` : `ended by ${exit.signal}`;
  const line = tellingLine(stderrTail);
  const message = bounded(line === undefined ? how : `${how}: ${line}`);
  const code = line === undefined ? undefined : errnoOf(line);
  const facts = { message, ...(code === undefined ? {} : { code }), ...evidence(exit, stderrTail) };
  return new AttemptFailure(exit.signal === null ? "exit" : "signal", facts);
}

/** The same failure with how the process ended, what it wrote to stderr and what had to be ended. */
export function withEvidence(
  failure: AttemptFailure,
  exit: ProcessExit | undefined,
  stderrTail: string,
  contained?: EndReport,
): AttemptFailure {
  return new AttemptFailure(
    failure.reason,
    { ...(exit === undefined ? {} : evidence(exit, stderrTail)), ...failure.facts },
    { cause: failure.cause, ...(contained === undefined ? {} : { contained }) },
  );
}

function evidence({ code, signal }: ProcessExit, stderrTail: string): Omit<FailureFacts, "message"> {
  return {
    ...(code === null ? {} : { exitCode: code }),
    ...(signal === null ? {} : { signal }),
    ...(stderrTail === "" ? {} : { stderrTail }),
  };
}

/** Where a trace was printed, what it is of: a runtime prints frames and facts after it. */
function tellingLine(stderrTail: string): string | undefined {
  const head = traceOf(stderrTail)?.head.trim() ?? "";
  if (head !== "") return head.replace(/\s*\n\s*/g, " ");
  const lines = stderrTail.split("\n").map((line) => line.trim());
  return lines.findLast((line) => TELLING.test(line)) ?? lines.findLast((line) => line !== "");
}
