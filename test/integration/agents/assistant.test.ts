import path from "node:path";
import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { type Fault, faults, ModelServer } from "../../support/model-server.ts";

const program = path.resolve(import.meta.dirname, "../../../examples/agents/assistant.mjs");
const history = Array.from({ length: 20 }, (_, turn) => ({ role: "user", content: `${turn} `.repeat(100) }));

async function open(settings: object = {}, about: object = {}) {
  const server = await ModelServer.open();
  const test = await TestEngine.open();
  await test.agent(
    "a",
    [process.execPath, program],
    { model: "big", settings: { baseUrl: server.url, ...settings } },
    about,
  );
  return { server, test, ask: (input: object = {}) => test.run({ agent: "a", input: { question: "?", ...input } }) };
}

async function failing(fault: Fault, settings: object = {}) {
  const { server, ask } = await open(settings, { tuning: { retries: 0 } });
  server.misbehave(fault);
  const { error } = await ask();
  return error;
}

describe("the example agent that asks a model", () => {
  it("takes model and limits from its configuration, advice from its task, and reports in OpenTelemetry's names", async () => {
    const tuning = { advice: ["Answer in verse."] };
    const { server, test, ask } = await open({ maxOutputTokens: 77 }, { tuning });
    expect(await ask()).toMatchObject({
      state: "succeeded",
      output: { answer: "I have looked.", model: "big", turns: 2 },
    });
    expect(server.seen).toMatchObject([
      { model: "big", maxTokens: 77, usedTools: false, prompt: expect.stringContaining("Answer in verse.") as string },
      { model: "big", maxTokens: 77, usedTools: true },
    ]);
    const used = test.told("task.usage").map(({ data }) => data.usage);
    expect(used).toMatchObject([{ model: "big", outputTokens: 5 }, { model: "big" }]);
    expect(used.every(({ durationMs }) => durationMs !== undefined)).toBe(true);
    expect(test.told("task.tool_called")).toMatchObject([{ data: { tool: "list_files" } }]);
  });

  it("leaves out the oldest turns of a conversation that is longer than it may be", async () => {
    const { server, ask } = await open({ maxInputTokens: 500 });
    expect(await ask({ history })).toMatchObject({ state: "succeeded" });
    expect(server.seen.map(({ tokens }) => tokens).filter((tokens) => tokens > 500)).toEqual([]);
  });

  it("tells a refusal as the provider names it, with how long to wait and what would fit", async () => {
    const model = "big";
    expect(await failing(faults.busy(0, 3))).toMatchObject({
      code: "rate_limit_exceeded",
      status: 429,
      retryAfterMs: 3_000,
      model,
    });
    expect(await failing(faults.spent("big"))).toMatchObject({ code: "insufficient_quota", retryable: false, model });
    expect(await failing(faults.down("big"))).toMatchObject({ code: "server_error", status: 503, retryable: true });
    expect(await failing(faults.small(10, 1_000))).toMatchObject({ code: "context_length_exceeded", limit: 1_000 });
    expect(await failing(faults.brokenCalls())).toMatchObject({ code: "tool_arguments_malformed", model });
    expect(await failing(faults.sameCall(), { maxTurns: 3 })).toMatchObject({ code: "turns_spent" });
  });

  it("gives up a request that takes too long and asks again, where it is told how long that is", async () => {
    const { server, ask } = await open({ requestTimeoutMs: 250 });
    server.misbehave(faults.silent(2));
    expect(await ask()).toMatchObject({ state: "succeeded", attempts: 1 });
    expect(server.seen.map(({ answered }) => answered)).toEqual(["gone", "gone", 200, 200]);
  });

  it("says what its configuration lacks", async () => {
    const { error } = await (await open({ baseUrl: "" })).ask();
    expect(error).toMatchObject({ code: "NOT_CONFIGURED" });
  });
});
