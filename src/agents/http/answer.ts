import { json } from "../../events/vocabulary.ts";
import type { Json } from "../../kernel/json.ts";
import type { WebResponse } from "../../kernel/web.ts";
import { AttemptFailure } from "../kind.ts";
import { type AgentMessage, agentMessage, bounded } from "../protocol.ts";
import { saidOf } from "../reporter.ts";

/** The most that an answer may have, in bytes. */
export const MAX_ANSWER_BYTES = 10 * 1024 * 1024;
const SHOWN_CHARACTERS = 200;
/** Statuses that say "later" or "my fault": trying again can help. */
const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What an agent said in a body: one message of the protocol, or any other JSON, which is the output itself. */
export type Said =
  | { readonly kind: "message"; readonly message: AgentMessage }
  | { readonly kind: "value"; readonly value: Json };

/**
 * The body of an answer.
 *
 * @throws {AttemptFailure} `output` when it is not JSON
 */
export function saidIn(response: WebResponse): Said {
  let value: Json;
  try {
    value = json.parse(JSON.parse(response.body));
  } catch (cause) {
    throw new AttemptFailure("output", { message: whyNoJson(response), status: response.status }, { cause });
  }
  const message = agentMessage.safeParse(value);
  return message.success ? { kind: "message", message: message.data } : { kind: "value", value };
}

function whyNoJson({ status, body }: WebResponse): string {
  if (body === "") return `the answer (status ${status}) should be JSON, but it is empty`;
  if (body.length >= MAX_ANSWER_BYTES) return `the answer (status ${status}) is larger than 10 MiB`;
  return `the answer (status ${status}) is not JSON: ${excerptOf(body)}`;
}

/** The failure that a status other than 200 and 202 means; the agent's own error, where its body has one, is kept. */
export function statusFailure(response: WebResponse): AttemptFailure {
  const { status } = response;
  const said = errorIn(response);
  const message = said?.message ?? `the agent answered with status ${status}: ${excerptOf(response.body)}`;
  return new AttemptFailure("error", {
    message: bounded(message),
    ...(said === undefined ? {} : saidOf(said)),
    status,
    retryable: said?.retryable ?? RETRYABLE.has(status),
  });
}

function errorIn(response: WebResponse): Extract<AgentMessage, { type: "error" }> | undefined {
  try {
    const said = saidIn(response);
    return said.kind === "message" && said.message.type === "error" ? said.message : undefined;
  } catch {
    return undefined;
  }
}

function excerptOf(body: string): string {
  const line = body.trim().replace(/\s+/g, " ");
  if (line === "") return "(no body)";
  return line.length <= SHOWN_CHARACTERS ? line : `${line.slice(0, SHOWN_CHARACTERS)}…`;
}
