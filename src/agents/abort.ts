import type { FailureReason } from "../events/vocabulary.ts";
import type { EndReport } from "../kernel/processes.ts";
import { AttemptFailure } from "./kind.ts";

const MESSAGES = {
  timeout: "the attempt took longer than it was allowed",
  cancelled: "the task was cancelled",
  interrupted: "the attempt was interrupted",
} as const satisfies Partial<Record<FailureReason, string>>;

export type AbortReason = keyof typeof MESSAGES;

/** Why `signal` aborted; a reason that is not one of ours counts as a cancellation. */
export function abortReason(signal: AbortSignal): AbortReason {
  const reason: unknown = signal.reason;
  return reason === "timeout" || reason === "interrupted" ? reason : "cancelled";
}

/** The failure of an attempt that was aborted, and what was ended for it. */
export function abortFailure(signal: AbortSignal, contained?: EndReport, note?: string): AttemptFailure {
  const reason = abortReason(signal);
  return stoppedFailure(reason, note === undefined ? MESSAGES[reason] : `${MESSAGES[reason]}; ${note}`, contained);
}

export function stoppedFailure(reason: AbortReason, message: string, contained?: EndReport): AttemptFailure {
  const facts = { message, retryable: reason !== "cancelled" };
  return new AttemptFailure(reason, facts, contained === undefined ? {} : { contained });
}

/** Settles when `signal` aborts, and leaves no listener behind once `done` was called. */
export function onAbort(signal: AbortSignal): { readonly aborted: Promise<void>; readonly done: () => void } {
  let release = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    const hear = (): void => resolve();
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", hear);
    release = () => signal.removeEventListener("abort", hear);
  });
  return { aborted, done: () => release() };
}
