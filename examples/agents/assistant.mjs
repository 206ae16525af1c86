// Answers `{"question": "…", "history"?: [{"role", "content"}]}` with a model of any OpenAI-compatible server, which may look
// into the working directory with two tools. Model, address and limits come from its task alone (`model`, `settings`); the key,
// where the server wants one, is OPENAI_API_KEY. What a provider refuses is told as the provider names it.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { failure, say, serve } from "./protocol.mjs";

const TASK = "You answer briefly. Look into the working directory with your tools where that helps.";
const TRIES = 4;
const MESSAGE_TOKENS = 4;
/** Our count of tokens is a guess: this share of the limit is what we dare to fill. */
const FILL = 0.9;

const tools = {
  list_files: {
    description: "Names of the files in the working directory.",
    parameters: { type: "object", properties: {} },
    run: async () => (await readdir(".")).join("\n") || "(none)",
  },
  read_file: {
    description: "The text of a file in the working directory.",
    parameters: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
    run: ({ name }) => readFile(path.basename(String(name)), "utf8"),
  },
};

const offered = Object.entries(tools).map(([name, { description, parameters }]) => ({
  type: "function",
  function: { name, description, parameters },
}));

const tokensOf = ({ content, tool_calls: calls }) =>
  MESSAGE_TOKENS + Math.ceil(((content ?? "").length + JSON.stringify(calls ?? "").length) / 4);

/** The conversation without its oldest turns, as far as it has to be shorter. Task and question always stay. */
function fitting(messages, limit) {
  if (limit === undefined) return messages;
  const fixed = messages.filter(({ keep }) => keep);
  let left = limit * FILL - fixed.reduce((sum, message) => sum + tokensOf(message), 0);
  const kept = new Set(fixed);
  for (const message of messages.filter(({ keep }) => !keep).reverse()) {
    left -= tokensOf(message);
    if (left < 0) break;
    kept.add(message);
  }
  return messages.filter((message) => kept.has(message));
}

const unmarked = (message) => ({ ...message, keep: undefined });

/** What the provider says of its refusal, in the words of the agents' protocol. */
async function refusal(response, model) {
  const text = await response.text();
  let error = {};
  try {
    error = JSON.parse(text).error ?? {};
  } catch {
    // A gateway's own page: its status says enough.
  }
  const { status } = response;
  const message = error.message ?? `the model server answered ${status}: ${text.slice(0, 200)}`;
  const code = error.code ?? error.type ?? `HTTP_${status}`;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const limit = /maximum context length is (\d+)/.exec(message)?.[1];
  return failure(message, code, {
    retryable: (status === 429 && code !== "insufficient_quota") || status >= 500,
    status,
    "gen_ai.request.model": model,
    ...(Number.isFinite(seconds) ? { retryAfterMs: Math.round(seconds * 1_000) } : {}),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  });
}

/** One request; one that takes too long is given up and asked again a few times. */
async function post(body, { model, settings }) {
  const limitMs = settings.requestTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(`${settings.baseUrl}/chat/completions`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(process.env.OPENAI_API_KEY ? { authorization: `Bearer ${process.env.OPENAI_API_KEY}` } : {}),
        },
        body: JSON.stringify(body),
        ...(limitMs === undefined ? {} : { signal: AbortSignal.timeout(limitMs) }),
      });
    } catch (thrown) {
      const { name, cause } = /** @type {Error & {cause?: Error & {code?: string}}} */ (thrown);
      if (name === "TimeoutError" && attempt < TRIES) continue;
      const code = name === "TimeoutError" ? "ETIMEDOUT" : (cause?.code ?? "UNREACHABLE");
      throw failure(`${settings.baseUrl}: ${cause?.message ?? thrown.message}`, code, {
        "gen_ai.request.model": model,
      });
    }
  }
}

async function ask(messages, task) {
  const { id, model, settings } = task;
  const began = performance.now();
  const response = await post(
    {
      model,
      messages: fitting(messages, settings.maxInputTokens).map(unmarked),
      tools: offered,
      ...(settings.maxOutputTokens === undefined ? {} : { max_tokens: settings.maxOutputTokens }),
    },
    task,
  );
  if (!response.ok) throw await refusal(response, model);
  const { choices, usage } = await response.json();
  say({
    type: "usage",
    id,
    "gen_ai.request.model": model,
    "gen_ai.usage.input_tokens": usage?.prompt_tokens ?? 0,
    "gen_ai.usage.output_tokens": usage?.completion_tokens ?? 0,
    "gen_ai.client.operation.duration": (performance.now() - began) / 1_000,
  });
  return choices[0].message;
}

/** Runs the tool that the model asked for; its failure is the model's to hear. */
async function use({ id: callId, function: { name, arguments: given } }, { id, model }) {
  say({
    type: "tool_call",
    id,
    "gen_ai.tool.name": name,
    "gen_ai.tool.call.id": callId,
    "gen_ai.tool.call.arguments": given,
  });
  let parsed;
  try {
    parsed = JSON.parse(given);
  } catch {
    throw failure(`the arguments of ${name} are not JSON: ${given.slice(0, 200)}`, "tool_arguments_malformed", {
      "gen_ai.request.model": model,
    });
  }
  try {
    return await (tools[name]?.run(parsed) ?? `there is no tool ${name}`);
  } catch (thrown) {
    return `it failed: ${/** @type {Error} */ (thrown).message}`;
  }
}

await serve(async ({ id, input, model, settings = {}, advice = [] }, { progress }) => {
  if (model === undefined || !settings.baseUrl)
    throw failure("its configuration names no `model`, or no `settings.baseUrl`", "NOT_CONFIGURED", {
      retryable: false,
    });
  const task = { id, model, settings };
  const system = [TASK, ...advice.map(({ content }) => content)].join("\n");
  const messages = [
    { role: "system", content: system, keep: true },
    ...(input.history ?? []),
    { role: "user", content: input.question, keep: true },
  ];
  const turns = Number(settings.maxTurns ?? 25);
  for (let turn = 1; turn <= turns; turn++) {
    const answer = await ask(messages, task);
    if (!answer.tool_calls?.length) return { answer: answer.content, model, turns: turn };
    progress(turn / turns, `turn ${turn}`);
    messages.push({ ...answer, keep: true });
    for (const call of answer.tool_calls)
      messages.push({ role: "tool", tool_call_id: call.id, content: await use(call, task), keep: true });
  }
  throw failure(`no answer after ${turns} turns`, "turns_spent");
});
// Connections that are kept alive would keep the process, too.
process.exit(0);
