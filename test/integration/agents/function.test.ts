import { describe, expect, it } from "vitest";
import type { AgentFunction } from "../../../src/agents/function.ts";
import { attemptOf, describeAgentContract, failureOf, never, opened } from "./contract.ts";

let working = 0;

const works: AgentFunction = async (input, { signal, taskId, attempt, idempotencyKey, advice, report }) => {
  const { do: what, value }: { do?: string; value?: unknown } = Object(input);
  switch (what) {
    case "echo":
      return value;
    case "tell":
      return { id: taskId, attempt, idempotencyKey, advice };
    case "fail":
      throw Object.assign(new Error("no luck"), { code: "ENOLUCK", retryable: false });
    case "report":
      report.progress({ ratio: 0.5, message: "half way" });
      report.usage({ inputTokens: 3, costUsd: 0.5 });
      report.usage({ inputTokens: 4, model: "m" });
      report.log("hello", "info");
      return undefined;
    case "hang":
      working += 1;
      report.progress({ message: "hanging" });
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      working -= 1;
      throw new Error("stopped");
    default:
      throw new Error(`cannot ${what}`);
  }
};

describeAgentContract("a function", {
  kind: "function",
  config: async () => ({ run: works }),
  working: async () => working,
});

describe("a function as an agent", () => {
  it("may return nothing, and then the output is null", async () => {
    const { body } = await opened("function", { run: () => {} });
    expect((await body.run(attemptOf(1), never)).output).toBeNull();
  });

  it("may throw at once, and may throw what is no error", async () => {
    const run: AgentFunction = () => Promise.reject("just text");
    const { body } = await opened("function", { run });
    expect((await failureOf(body.run(attemptOf(1), never))).facts.message).toBe("just text");
  });

  it("says what its error was caused by, once and with its code", async () => {
    const said = async (failure: unknown) => {
      const { body } = await opened("function", { run: () => Promise.reject(failure) });
      const { message, code } = (await failureOf(body.run(attemptOf(1), never))).facts;
      return { message, code };
    };
    const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:80"), { code: "ECONNREFUSED" });
    expect(await said(new TypeError("fetch failed", { cause: refused }))).toEqual({
      message: "fetch failed: connect ECONNREFUSED 10.0.0.1:80",
      code: "ECONNREFUSED",
    });
    const aggregate = Object.assign(new AggregateError([]), { code: "ENOTFOUND" });
    const page = new Error("page 7 is away", { cause: new TypeError("fetch failed", { cause: aggregate }) });
    expect(await said(page)).toEqual({ message: "page 7 is away: fetch failed: ENOTFOUND", code: "ENOTFOUND" });
    const wrapped = new Error(`cannot load: ${refused.message}`, { cause: refused });
    expect(await said(Object.assign(wrapped, { code: "ELOAD" }))).toEqual({ message: wrapped.message, code: "ELOAD" });
    const ring = new Error("round");
    expect(await said(Object.assign(ring, { cause: ring }))).toEqual({ message: "round", code: undefined });
    expect(await said(new Error("odd", { cause: "text" }))).toEqual({ message: "odd", code: undefined });
  });

  it.each([[() => 10n], [() => ({ f: () => 1 })], [() => Number.NaN]])("fails as output for %s", async (run) => {
    const { body } = await opened("function", { run });
    expect((await failureOf(body.run(attemptOf(1), never))).reason).toBe("output");
  });

  it("says so when it does not stop", async () => {
    const { body } = await opened("function", { run: () => new Promise(() => {}), graceMs: 0 });
    const abort = new AbortController();
    const failing = failureOf(body.run(attemptOf(1), abort.signal));
    abort.abort("timeout");
    const failure = await failing;
    expect(failure.reason).toBe("timeout");
    expect(failure.message).toContain("may still be working");
  });
});
