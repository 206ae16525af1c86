import { describe, expect, it } from "vitest";
import { limitOf, symptomOf } from "../../../../src/domain/symptoms/failure-symptom.ts";

const of = (error: object) => symptomOf("error", { message: "", ...error });

describe("what the end of an attempt says", () => {
  it("tells a spent quota from too many requests, though both are 429", () => {
    expect(of({ status: 429 })).toBe("rate_limited");
    expect(of({ status: 429, code: "rate_limit_exceeded" })).toBe("rate_limited");
    expect(of({ status: 429, code: "insufficient_quota" })).toBe("quota_spent");
    expect(of({ message: "Error code: 429 - {'error': {'code': 'insufficient_quota'}}" })).toBe("quota_spent");
    expect(of({ message: "RateLimitError: Error code: 429 - slow down" })).toBe("rate_limited");
  });

  it("speaks of a provider only where the agent names the model that it asked", () => {
    expect(of({ status: 503 })).toBeUndefined();
    expect(of({ status: 503, model: "m" })).toBe("provider_down");
    expect(of({ code: "ECONNREFUSED" })).toBeUndefined();
    expect(of({ code: "ECONNREFUSED", model: "m" })).toBe("provider_down");
    expect(of({ status: 400, model: "m" })).toBeUndefined();
  });

  it("knows a context that is too long, and how much would fit", () => {
    const message =
      "This model's maximum context length is 4097 tokens. However, your messages resulted in 9000 tokens.";
    expect(of({ message })).toBe("context_exceeded");
    expect(limitOf({ message })).toBe(4097);
    expect(limitOf({ message, limit: 100 })).toBe(100);
    expect(limitOf({ message: "too long" })).toBeUndefined();
  });

  it("reads the last words of programs that only print, and nothing into what was cancelled or interrupted", () => {
    const said = { message: "exit code 1", stderrTail: "openai.BadRequestError: context_length_exceeded" };
    expect(symptomOf("exit", said)).toBe("context_exceeded");
    expect(symptomOf("interrupted", said)).toBeUndefined();
    expect(symptomOf("cancelled", said)).toBeUndefined();
    expect(symptomOf("timeout", { message: "" })).toBe("hung");
    expect(symptomOf("output", { message: "" })).toBe("output_malformed");
    expect(of({ code: "ENOENT" })).toBeUndefined();
  });
});
