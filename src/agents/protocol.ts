import { z } from "zod";
import { json } from "../events/vocabulary.ts";
import { isoTime } from "../kernel/iso-time.ts";
import type { Json } from "../kernel/json.ts";
import type { Attempt, Usage } from "./kind.ts";

/** Longest text of a message, in characters; the rest is cut. */
export const MAX_MESSAGE_CHARACTERS = 4_096;

const advice = z.object({
  key: z.string().describe("Name of the lesson."),
  title: z.string(),
  content: z.string().describe("What was learnt. It is advice, not an order."),
});

/** What the engine sends. */
export const taskMessage = z
  .object({
    type: z.literal("task"),
    id: z.string().describe("Id of the task; the same for every attempt."),
    attempt: z.number().int().positive().describe("1 for the first attempt."),
    idempotencyKey: z.string().describe("The same for every attempt at the same effect."),
    deadline: z.iso.datetime().describe("When the attempt will be ended."),
    input: json.describe("What the task was submitted with."),
    advice: z.array(advice).describe("Lessons from earlier failures; often empty."),
    model: z.string().optional().describe("The model to ask, where the agent's configuration names one."),
    settings: z
      .record(z.string(), json)
      .optional()
      .describe("What the agent's configuration hands it with every task, where it names settings."),
    traceparent: z.string().optional().describe("W3C trace context."),
  })
  .describe("A task to work on. The engine sends it; one line of JSON on stdin, or the body of a POST.");

const id = z.string().optional().describe("Id of the task; needed where one process works on several at once.");

const progress = z
  .object({
    type: z.literal("progress"),
    id,
    ratio: z.number().min(0).max(1).optional().describe("Share of the work that is done."),
    message: z.string().optional(),
  })
  .describe("How far the work is.");

const heartbeat = z.object({ type: z.literal("heartbeat") }).describe("The agent is alive.");

const usage = z
  .object({
    type: z.literal("usage"),
    id,
    "gen_ai.usage.input_tokens": z.number().min(0).optional(),
    "gen_ai.usage.output_tokens": z.number().min(0).optional(),
    "gen_ai.request.model": z.string().optional(),
    "gen_ai.client.operation.duration": z.number().min(0).optional().describe("Seconds that one model call took."),
    cost_usd: z.number().min(0).optional(),
  })
  .describe("What was used since the last message of this type.");

const toolCall = z
  .object({
    type: z.literal("tool_call"),
    id,
    "gen_ai.tool.name": z.string().min(1).max(200),
    "gen_ai.tool.call.id": z.string().optional(),
    "gen_ai.tool.call.arguments": json
      .optional()
      .describe("As the model gave them. The engine keeps their hash, which tells whether two calls are the same."),
  })
  .describe("The model asked for a tool.");

const log = z
  .object({ type: z.literal("log"), id, level: z.string().optional(), message: z.string() })
  .describe("A line for the log.");

const result = z
  .object({ type: z.literal("result"), id, output: json })
  .describe("The last message of an attempt that succeeded.");

const failure = z
  .object({
    type: z.literal("error"),
    id,
    message: z.string(),
    code: z.string().optional().describe("A stable name, for example ENOENT."),
    retryable: z.boolean().optional().describe("false when trying again cannot help."),
    status: z.number().int().optional().describe("HTTP status of the upstream that refused."),
    retryAfterMs: z.number().int().min(0).optional().describe("How long the upstream asked to wait."),
    limit: z.number().int().min(0).optional().describe("What was exceeded, where the upstream named it: tokens."),
    "gen_ai.request.model": z.string().optional().describe("The model whose provider failed."),
  })
  .describe("The last message of an attempt that failed.");

/** What an agent may answer. Unknown members are ignored, so that newer agents can say more. */
export const agentMessage = z.discriminatedUnion("type", [progress, heartbeat, usage, toolCall, log, result, failure]);
export type AgentMessage = z.infer<typeof agentMessage>;
export type ResultMessage = z.infer<typeof result>;
export type ErrorMessage = z.infer<typeof failure>;
export type UsageMessage = z.infer<typeof usage>;

/** The task as it is sent to an agent. */
export function taskMessageOf(attempt: Attempt): z.infer<typeof taskMessage> {
  return {
    type: "task",
    id: attempt.taskId,
    attempt: attempt.attempt,
    idempotencyKey: attempt.idempotencyKey,
    deadline: isoTime(attempt.deadlineMs),
    input: attempt.input,
    advice: attempt.advice.map(({ key, title, content }) => ({ key, title, content })),
    ...(attempt.model === undefined ? {} : { model: attempt.model }),
    ...(attempt.settings === undefined ? {} : { settings: attempt.settings }),
    ...(attempt.traceparent === undefined ? {} : { traceparent: attempt.traceparent }),
  };
}

/** The attempt with the model and the settings that the agent's configuration names. */
export function withSetup(
  attempt: Attempt,
  { model, settings }: { readonly model?: string | undefined; readonly settings?: Attempt["settings"] | undefined },
): Attempt {
  return {
    ...attempt,
    ...(model === undefined ? {} : { model }),
    ...(settings === undefined ? {} : { settings }),
  };
}

export function usageOf(message: UsageMessage): Usage {
  const inputTokens = message["gen_ai.usage.input_tokens"];
  const outputTokens = message["gen_ai.usage.output_tokens"];
  const model = message["gen_ai.request.model"];
  const seconds = message["gen_ai.client.operation.duration"];
  const costUsd = message.cost_usd;
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(model === undefined ? {} : { model }),
    ...(seconds === undefined ? {} : { durationMs: Math.round(seconds * 1_000) }),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

/** Numbers added up, the later model kept. */
export function addUsage(before: Usage | undefined, more: Usage): Usage {
  if (before === undefined) return more;
  const inputTokens = added(before.inputTokens, more.inputTokens);
  const outputTokens = added(before.outputTokens, more.outputTokens);
  const durationMs = added(before.durationMs, more.durationMs);
  const costUsd = added(before.costUsd, more.costUsd);
  const model = more.model ?? before.model;
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(model === undefined ? {} : { model }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

function added(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}

/** `text` without what exceeds a message. */
export function bounded(text: string): string {
  return text.length <= MAX_MESSAGE_CHARACTERS ? text : `${text.slice(0, MAX_MESSAGE_CHARACTERS - 1)}…`;
}

/** The JSON Schema that docs/reference/agent-protocol.schema.json holds. */
export function protocolJsonSchema(): Json {
  const { $schema, ...schema } = z.toJSONSchema(z.union([taskMessage, ...agentMessage.options]), { io: "input" });
  // zod numbers what it has no name for; the only such thing here is "any JSON value".
  const named = JSON.stringify(schema).replaceAll("__schema0", "json");
  return { $schema: $schema ?? "", title: "What the engine and an agent say to each other", ...membersOf(named) };
}

function membersOf(text: string): { readonly [key: string]: Json } {
  return z.record(z.string(), json).parse(JSON.parse(text));
}
