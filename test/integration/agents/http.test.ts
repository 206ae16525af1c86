import { describe, expect, it } from "vitest";
import { openAgent } from "../../../src/agents/index.ts";
import { acceptingAgent, bodyOf, type HttpAgent, serve } from "../../fixtures/agents/http-agent.ts";
import { recordedContext } from "../../support/agent-context.ts";
import { attemptOf, describeAgentContract, failureOf, never, opened } from "./contract.ts";

let current: HttpAgent;

describeAgentContract("a service that accepts and is asked again", {
  kind: "http",
  config: async () => {
    current = await acceptingAgent();
    return { url: current.url, pollMs: 10 };
  },
  working: async () => current.working(),
});

const ask = async (agent: HttpAgent, more: object = {}) =>
  (await opened("http", { url: agent.url, pollMs: 10, ...more })).body;

describe("a service as an agent", () => {
  it("may answer at once, with a message or with the output itself", async () => {
    const said = await serve((_request, response) => response.end('{"type":"result","output":[1]}'));
    expect((await (await ask(said)).run(attemptOf(null), never)).output).toEqual([1]);
    const plain = await serve((_request, response) => response.end('{"sum":3}'));
    expect((await (await ask(plain)).run(attemptOf(null), never)).output).toEqual({ sum: 3 });
  });

  it("is sent the task, its idempotency key, its trace and the token that the configuration only names", async () => {
    const heard: unknown[] = [];
    const agent = await serve(async (request, response) => {
      const { authorization, traceparent } = request.headers;
      heard.push({ key: request.headers["idempotency-key"], authorization, traceparent });
      heard.push(JSON.parse(await bodyOf(request)));
      response.end("null");
    });
    const context = await recordedContext({ AGENT_TOKEN: "s3cret" });
    const body = await openAgent("http", { url: agent.url, tokenEnv: "AGENT_TOKEN" }, context);
    const attempt = attemptOf({ n: 1 }, { traceparent: "00-a-b-01" });
    await body.run(attempt, never);
    expect(heard).toEqual([
      { key: attempt.idempotencyKey, authorization: "Bearer s3cret", traceparent: "00-a-b-01" },
      expect.objectContaining({ type: "task", id: attempt.taskId, input: { n: 1 } }),
    ]);
  });

  it.each([
    [503, true],
    [429, true],
    [422, false],
  ])("fails with status %i, and says whether trying again can help", async (status, retryable) => {
    const agent = await serve((_request, response) => response.writeHead(status).end("sorry"));
    const failure = await failureOf((await ask(agent)).run(attemptOf(null), never));
    expect(failure.reason).toBe("error");
    expect(failure.facts).toEqual({ message: `the agent answered with status ${status}: sorry`, status, retryable });
  });

  it("tells the agent to stop with DELETE, and says so when it does not confirm", async () => {
    const agent = await serve((request, response) => {
      if (request.method === "DELETE") response.writeHead(500).end();
      else response.writeHead(202, { Location: "/tasks/1" }).end('{"type":"progress","message":"on it"}');
    });
    const { body, context } = await opened("http", { url: agent.url, pollMs: 10 });
    const abort = new AbortController();
    const failing = failureOf(body.run(attemptOf(null), abort.signal));
    await context.reported((report) => report.kind === "progress");
    abort.abort("cancelled");
    expect((await failing).message).toContain("did not confirm that it stopped (status 500)");
    expect(agent.requests.at(-1)).toBe("DELETE /tasks/1");
  });

  it("survives a few looks that fail", async () => {
    let looks = 0;
    const agent = await serve((request, response) => {
      if (request.method === "POST") response.writeHead(202, { Location: "/tasks/1" }).end();
      else if (++looks < 4) response.writeHead(502).end();
      else response.end('{"type":"result","output":"patience"}');
    });
    expect((await (await ask(agent)).run(attemptOf(null), never)).output).toBe("patience");
  });

  it.each([
    ["not JSON", 200, {}, "<html>", /not JSON: <html>/],
    ["no Location", 202, {}, "", /without a valid Location/],
    [
      "a Location on another host",
      202,
      { Location: "http://example.com/1" },
      "",
      /another host: http:\/\/example\.com/,
    ],
    ["a result that is none", 200, {}, '{"type":"heartbeat"}', /carries a "heartbeat" message/],
  ])("fails as output for %s", async (_what, status, headers, text, message) => {
    const agent = await serve((_request, response) => response.writeHead(status, headers).end(text));
    const failure = await failureOf((await ask(agent)).run(attemptOf(null), never));
    expect(failure.reason).toBe("output");
    expect(failure.message).toMatch(message);
  });

  it("can be tried again when nobody answers", async () => {
    const { body } = await opened("http", { url: "http://127.0.0.1:9/tasks" });
    const failure = await failureOf(body.run(attemptOf(null), never));
    expect(failure.facts).toMatchObject({ code: "network.unreachable", retryable: true });
  });

  it.each([
    [{ url: "ftp://example.com" }, "config.url"],
    [{ url: "http://example.com", tokenEnv: "AIOS_TOKEN" }, "config.tokenEnv"],
    [{}, "config.url"],
  ])("refuses %j", async (config, path) => {
    await expect(opened("http", config)).rejects.toMatchObject({ code: "agent.invalid", faults: [{ path }] });
  });
});
