import { isEngineSecret } from "../../kernel/engine-secrets.ts";
import type { Attempt } from "../kind.ts";

/** What a program needs to run at all. Everything else of the engine's environment, tokens above all, stays here. */
const ALLOWED = /^(?:PATH|HOME|LANG|LC_[A-Z]+|TZ|TMPDIR|SystemRoot)$/;
/** The kernel takes no variable above 128 KiB; advice beyond this is not for a program's environment. */
const MAX_ADVICE_CHARACTERS = 32_768;

/**
 * The environment of an agent's process: the allowed part of the engine's own, then what its configuration adds.
 * Another user gets no HOME, which would be the engine's.
 */
export function processEnvironment(
  engine: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>>,
  options: { readonly otherUser: boolean },
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(engine)) {
    if (value !== undefined && ALLOWED.test(name) && !(options.otherUser && name === "HOME")) environment[name] = value;
  }
  for (const [name, value] of Object.entries(added)) if (!isEngineSecret(name)) environment[name] = value;
  return environment;
}

/** The attempt in variables, for programs that do not speak the protocol. */
export function attemptEnvironment(attempt: Attempt): Record<string, string> {
  const advice = JSON.stringify(attempt.advice);
  return {
    AIOS_TASK_ID: attempt.taskId,
    AIOS_ATTEMPT: String(attempt.attempt),
    AIOS_IDEMPOTENCY_KEY: attempt.idempotencyKey,
    AIOS_DEADLINE_MS: String(attempt.deadlineMs),
    ...(attempt.advice.length > 0 && advice.length <= MAX_ADVICE_CHARACTERS ? { AIOS_ADVICE: advice } : {}),
    ...(attempt.settings === undefined ? {} : { AIOS_SETTINGS: JSON.stringify(attempt.settings) }),
    ...(attempt.traceparent === undefined ? {} : { TRACEPARENT: attempt.traceparent }),
  };
}
