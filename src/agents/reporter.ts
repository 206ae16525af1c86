import type { FailureFacts } from "../events/vocabulary.ts";
import type { Json } from "../kernel/json.ts";
import { type AgentReport, type Attempt, AttemptFailure, type Usage } from "./kind.ts";
import { type AgentMessage, addUsage, bounded, type ErrorMessage, usageOf } from "./protocol.ts";

/** Reports of one attempt, with usage summed on the way. */
export interface AttemptReporter {
  progress(progress: { readonly ratio?: number | undefined; readonly message?: string | undefined }): void;
  usage(usage: Usage): void;
  /** @param given the arguments, as the model gave them */
  toolCall(tool: string, given?: Json): void;
  log(message: string, level?: string): void;
  heartbeat(): void;
  /** The sum so far, as a member to spread into a result. */
  used(): { readonly usage?: Usage };
}

/** Turns what an attempt says into the agent's reports. */
export function reporterOf(
  { taskId, attempt }: Attempt,
  report: (event: AgentReport) => void,
  pid?: number,
): AttemptReporter {
  let sum: Usage | undefined;
  return {
    progress: ({ ratio, message }) =>
      report({
        kind: "progress",
        taskId,
        attempt,
        ...(ratio === undefined ? {} : { ratio }),
        ...(message === undefined ? {} : { message: bounded(message) }),
      }),
    usage: (usage) => {
      sum = addUsage(sum, usage);
      report({ kind: "usage", taskId, attempt, usage });
    },
    toolCall: (tool, given) =>
      report({ kind: "tool_call", taskId, attempt, tool, ...(given === undefined ? {} : { given }) }),
    log: (message, level) =>
      report({
        kind: "log",
        taskId,
        attempt,
        message: bounded(message),
        ...(level === undefined ? {} : { level }),
      }),
    heartbeat: () => report({ kind: "heartbeat", ...(pid === undefined ? {} : { pid }) }),
    used: () => (sum === undefined ? {} : { usage: sum }),
  };
}

/** What the agent says of its own failing. */
export function failureOf({ message, ...said }: ErrorMessage): AttemptFailure {
  return new AttemptFailure("error", { message: bounded(message), ...saidOf(said) });
}

/** What an error message says beside its text, in the words of the journal. */
export function saidOf(said: Omit<ErrorMessage, "type" | "message">): Omit<FailureFacts, "message"> {
  const { code, retryable, status, retryAfterMs, limit } = said;
  const model = said["gen_ai.request.model"];
  return {
    ...(code === undefined ? {} : { code }),
    ...(retryable === undefined ? {} : { retryable }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(limit === undefined ? {} : { limit }),
    ...(model === undefined ? {} : { model }),
  };
}

/** Passes on everything but the last word. */
export function relay(message: AgentMessage, report: AttemptReporter): void {
  switch (message.type) {
    case "progress":
      report.progress(message);
      break;
    case "heartbeat":
      report.heartbeat();
      break;
    case "usage":
      report.usage(usageOf(message));
      break;
    case "tool_call":
      report.toolCall(message["gen_ai.tool.name"], message["gen_ai.tool.call.arguments"]);
      break;
    case "log":
      report.log(message.message, message.level);
      break;
    case "result":
    case "error":
      break;
  }
}
