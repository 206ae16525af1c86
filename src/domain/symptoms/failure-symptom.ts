import type { FailureFacts, FailureReason } from "../../events/vocabulary.ts";

/** What the end of one attempt says about why it failed; everything else is a failure like any other. */
export type FailureSymptom =
  | "rate_limited"
  | "quota_spent"
  | "context_exceeded"
  | "provider_down"
  | "output_malformed"
  | "hung";

/** Names that providers and agents give to these failures. */
const codes: ReadonlyMap<string, FailureSymptom> = new Map([
  ["insufficient_quota", "quota_spent"],
  ["billing_hard_limit_reached", "quota_spent"],
  ["quota_exceeded", "quota_spent"],
  ["context_length_exceeded", "context_exceeded"],
  ["context_window_exceeded", "context_exceeded"],
  ["rate_limit_exceeded", "rate_limited"],
  ["rate_limit_error", "rate_limited"],
  ["too_many_requests", "rate_limited"],
  ["server_error", "provider_down"],
  ["overloaded_error", "provider_down"],
  ["engine_overloaded", "provider_down"],
  ["service_unavailable", "provider_down"],
  ["tool_arguments_malformed", "output_malformed"],
  ["invalid_tool_call", "output_malformed"],
  ["malformed_output", "output_malformed"],
]);

/** As client libraries print them, for programs whose last words are all there is. The first that fits decides. */
const phrases: readonly (readonly [string, FailureSymptom])[] = [
  ["insufficient_quota", "quota_spent"],
  ["context_length_exceeded", "context_exceeded"],
  ["maximum context length", "context_exceeded"],
  ["error code: 429", "rate_limited"],
  ["rate limit reached", "rate_limited"],
  ["rate_limit_exceeded", "rate_limited"],
];

const unreachable: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "EPIPE",
  "ENOTFOUND",
]);
/** Last words are looked at as far as this; a page of output is not searched. */
const LOOKED_AT = 4_096;

export function symptomOf(reason: FailureReason, error: FailureFacts): FailureSymptom | undefined {
  if (reason === "timeout") return "hung";
  if (reason === "output") return "output_malformed";
  if (reason !== "error" && reason !== "exit") return undefined;
  const { code, status, model } = error;
  const named = code === undefined ? undefined : codes.get(code.toLowerCase());
  if (named !== undefined) return named;
  if (status === 429) return "rate_limited";
  // An agent that names the model speaks of its provider, not of a service that it works with.
  if (model !== undefined && ((status ?? 0) >= 500 || unreachable.has(code ?? ""))) return "provider_down";
  const text = lastWords(error);
  return phrases.find(([phrase]) => text.includes(phrase))?.[1];
}

/** Tokens that fit, where the failure says so. */
export function limitOf(error: FailureFacts): number | undefined {
  if (error.limit !== undefined) return error.limit;
  const said = /maximum context length is (\d{1,9}) tokens/.exec(lastWords(error))?.[1];
  return said === undefined ? undefined : Number(said);
}

function lastWords({ message, stderrTail }: FailureFacts): string {
  return `${message.slice(0, LOOKED_AT)}\n${(stderrTail ?? "").slice(-LOOKED_AT)}`.toLowerCase();
}
