import { AiosError } from "./errors.ts";

/**
 * An error that is an everyday answer, such as `busy` in a flood: without the trace of calls that led to it, which would
 * cost the engine more than all the rest of refusing.
 */
export function refusal(...[code, detail, options]: ConstructorParameters<typeof AiosError>): AiosError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new AiosError(code, detail, options);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
