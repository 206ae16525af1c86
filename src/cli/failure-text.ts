import { AiosError, failures, messageOf } from "../kernel/errors.ts";
import { UsageError } from "./exit.ts";
import { type Paint, plain } from "./terminal.ts";

/** A failure for a person: what, where, and what to change. */
export function sayFailure(failure: unknown, paint: Paint): string {
  const head = `${paint("red", "aios:")} ${plain(messageOf(failure))}\n`;
  if (failure instanceof UsageError) return head;
  if (!(failure instanceof AiosError)) return `${head}${stackOf(failure)}`;
  const faults = failure.faults.map(
    ({ path, message }) => `  ${plain(path === "" ? message : `${path}: ${message}`)}\n`,
  );
  return `${head}${faults.join("")}  ${paint("dim", "→")} ${failures[failure.code].advice}\n`;
}

/** A failure as JSON, in the words of the HTTP doors. */
export function failureJson(failure: unknown): string {
  if (failure instanceof AiosError) {
    const { code, message, faults } = failure;
    return JSON.stringify({ error: { code, detail: message, advice: failures[code].advice, errors: faults } });
  }
  const code = failure instanceof UsageError ? "usage" : "internal";
  return JSON.stringify({ error: { code, detail: messageOf(failure) } });
}

/** What nobody foresaw is shown whole: it is for whoever mends the program. */
function stackOf(failure: unknown): string {
  const stack = failure instanceof Error ? failure.stack : undefined;
  return stack === undefined ? "" : `${stack.split("\n").slice(1).join("\n")}\n`;
}
