import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { pause } from "../../src/kernel/clock.ts";
import { systemClock } from "../../src/platform/clock.ts";

const message = z.looseObject({ role: z.string(), content: z.string().nullish() });
const body = z.looseObject({
  model: z.string(),
  messages: z.array(message),
  max_tokens: z.number().optional(),
  tools: z.array(z.unknown()).optional(),
});

/** A request as the server saw it. */
export interface Seen {
  readonly model: string;
  readonly maxTokens: number | undefined;
  /** Of all messages, a quarter of their characters. */
  readonly tokens: number;
  /** The system's message: the task and what advice came with it. */
  readonly prompt: string;
  /** Whether the result of a tool is among the messages. */
  readonly usedTools: boolean;
  /** Requests under way when it came, itself among them. */
  readonly atOnce: number;
  /** Since a request was refused last. */
  readonly sinceRefusalMs: number | undefined;
  /** Set once it was answered; `gone` when whoever asked went away before. */
  answered: number | "gone" | undefined;
}

/** What a fault makes of a request; `undefined` where the fault does not concern it. */
export type Fault = (seen: Seen) => Misbehaviour | undefined;

export type Misbehaviour =
  | { readonly kind: "refuse"; readonly status: number; readonly error: object; readonly headers?: object }
  | { readonly kind: "call"; readonly tool: string; readonly given: string }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "silence" };

const refuse = (status: number, code: string, text: string, headers: object = {}): Misbehaviour => ({
  kind: "refuse",
  status,
  error: { message: text, type: "invalid_request_error", param: null, code },
  headers,
});

/** What providers and models do wrong. */
export const faults = {
  /** No more than so many requests at once, or none at all. */
  busy:
    (most: number, retryAfterSeconds = 0): Fault =>
    ({ atOnce, model }) =>
      atOnce <= most
        ? undefined
        : refuse(429, "rate_limit_exceeded", `Rate limit reached for ${model}`, { "retry-after": retryAfterSeconds }),
  /** Whoever comes again sooner than this after a refusal is refused again; the first request always is. */
  hasty:
    (ms: number): Fault =>
    ({ sinceRefusalMs, model }) =>
      sinceRefusalMs !== undefined && sinceRefusalMs >= ms
        ? undefined
        : refuse(429, "rate_limit_exceeded", `Rate limit reached for ${model}`, {
            "retry-after": Math.ceil(ms / 1_000),
          }),
  /** The account has nothing left for these models. */
  spent:
    (...models: readonly string[]): Fault =>
    ({ model }) =>
      models.includes(model)
        ? refuse(429, "insufficient_quota", "You exceeded your current quota, please check your plan")
        : undefined,
  down:
    (...models: readonly string[]): Fault =>
    ({ model }) =>
      models.includes(model) ? refuse(503, "server_error", "The server had an error") : undefined,
  /** More tokens than `most` do not fit; what is said to fit can be another number. */
  small:
    (most: number, said = most): Fault =>
    ({ tokens }) =>
      tokens > most
        ? refuse(
            400,
            "context_length_exceeded",
            `This model's maximum context length is ${said} tokens. However, your messages resulted in ${tokens} tokens.`,
          )
        : undefined,
  /** The model's tool calls are broken, unless its prompt holds a text. */
  brokenCalls:
    (unless?: string): Fault =>
    ({ prompt, usedTools }) =>
      usedTools || (unless !== undefined && prompt.includes(unless))
        ? undefined
        : { kind: "call", tool: "read_file", given: '{"name": "notes.txt"' },
  /** The model asks for one and the same file for ever, unless its prompt holds a text. */
  sameCall:
    (unless?: string): Fault =>
    ({ prompt }) =>
      unless !== undefined && prompt.includes(unless)
        ? undefined
        : { kind: "call", tool: "read_file", given: '{"name":"notes.txt"}' },
  slow:
    (ms: number, ...models: readonly string[]): Fault =>
    ({ model }) =>
      models.includes(model) ? { kind: "delay", ms } : undefined,
  /** So many requests are never answered. */
  silent: (count: number): Fault => {
    let left = count;
    return () => (left-- > 0 ? { kind: "silence" } : undefined);
  },
};

/**
 * A small OpenAI-compatible server on a real socket. Unless it was told to misbehave, its model looks at the files first and
 * then answers. It remembers every request.
 */
export class ModelServer {
  readonly url: string;
  readonly seen: Seen[] = [];
  #fault: Fault | undefined;
  #underWay = 0;
  #refusedAtMs: number | undefined;

  private constructor(url: string) {
    this.url = url;
  }

  static async open(): Promise<ModelServer> {
    let self: ModelServer | undefined;
    const server = createServer((request, response) => void self?.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the model server has no port");
    self = new ModelServer(`http://127.0.0.1:${address.port}/v1`);
    return self;
  }

  /** From now on it misbehaves like this; like nothing with `undefined`. */
  misbehave(fault: Fault | undefined): void {
    this.#fault = fault;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
      send(response, 404, { error: { message: `there is no ${request.method} ${request.url}`, code: "not_found" } });
      return;
    }
    this.#underWay++;
    response.on("close", () => this.#underWay--);
    const parsed = body.safeParse(JSON.parse(await textOf(request)));
    if (!parsed.success) {
      send(response, 400, { error: { message: z.prettifyError(parsed.error), code: "invalid_request" } });
      return;
    }
    const seen = this.#see(parsed.data);
    response.on("close", () => {
      seen.answered = response.writableFinished ? response.statusCode : "gone";
    });
    const wrong = this.#fault?.(seen);
    switch (wrong?.kind) {
      case "silence":
        return;
      case "refuse":
        this.#refusedAtMs = performance.now();
        send(response, wrong.status, { error: wrong.error }, wrong.headers);
        return;
      case "call":
        send(response, 200, completion(seen, calling(wrong.tool, wrong.given)));
        return;
      case "delay":
        await pause(systemClock, wrong.ms);
        break;
      case undefined:
    }
    send(response, 200, completion(seen, seen.usedTools ? { content: "I have looked." } : calling("list_files", "{}")));
  }

  #see({ model, messages, max_tokens: maxTokens }: z.infer<typeof body>): Seen {
    const characters = messages.reduce((sum, one) => sum + JSON.stringify(one).length, 0);
    const seen: Seen = {
      model,
      maxTokens,
      tokens: Math.ceil(characters / 4),
      prompt: messages.find(({ role }) => role === "system")?.content ?? "",
      usedTools: messages.some(({ role }) => role === "tool"),
      atOnce: this.#underWay,
      sinceRefusalMs: this.#refusedAtMs === undefined ? undefined : performance.now() - this.#refusedAtMs,
      answered: undefined,
    };
    this.seen.push(seen);
    return seen;
  }
}

function calling(tool: string, given: string): object {
  const call = { id: "call_1", type: "function", function: { name: tool, arguments: given } };
  return { content: null, tool_calls: [call] };
}

function completion({ model, tokens }: Seen, said: object): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 0,
    model,
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", ...said } }],
    usage: { prompt_tokens: tokens, completion_tokens: 5, total_tokens: tokens + 5 },
  };
}

function send(response: ServerResponse, status: number, value: object, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
