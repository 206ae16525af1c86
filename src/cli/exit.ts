import { AiosError, failures } from "../kernel/errors.ts";

/** What a command's exit code says; the same for every command. */
export const exit = { done: 0, failed: 1, usage: 2, refused: 3, unreachable: 4 } as const;

/** A command line that does not say what it should; its message says what to change. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The exit code of a failure: refusals of a principal and silence of the engine are told apart from everything else. */
export function exitCodeOf(failure: unknown): number {
  if (failure instanceof UsageError) return exit.usage;
  if (!(failure instanceof AiosError)) return exit.failed;
  if (failure.code === "engine.unreachable") return exit.unreachable;
  const { status } = failures[failure.code];
  return status === 401 || status === 403 ? exit.refused : exit.failed;
}
