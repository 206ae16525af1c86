import { describe, expect, it } from "vitest";
import { exitCodeOf, UsageError } from "../../../src/cli/exit.ts";
import { failureJson, sayFailure } from "../../../src/cli/failure-text.ts";
import { unpainted } from "../../../src/cli/terminal.ts";
import { AiosError, type FailureCode, failures } from "../../../src/kernel/errors.ts";

const invalid = new AiosError("input.invalid", "The body does not fit", {
  faults: [
    { path: "retries", message: "too small" },
    { path: "", message: "something\u001b[2J else" },
  ],
});

describe("a failure", () => {
  it("says what, where and what to change", () => {
    expect(sayFailure(invalid, unpainted)).toBe(
      [
        "aios: The body does not fit",
        "  retries: too small",
        "  something\uFFFD[2J else",
        `  → ${failures["input.invalid"].advice}`,
        "",
      ].join("\n"),
    );
  });

  it("is one line when it is about the command line, and has its stack when nobody foresaw it", () => {
    expect(sayFailure(new UsageError("ID is missing"), unpainted)).toBe("aios: ID is missing\n");
    expect(sayFailure(new Error("oh"), unpainted)).toMatch(/^aios: oh\n\s+at /);
    expect(sayFailure("a word", unpainted)).toBe("aios: a word\n");
  });

  it("is told as JSON in the words of the doors", () => {
    expect(JSON.parse(failureJson(invalid))).toEqual({
      error: {
        code: "input.invalid",
        detail: "The body does not fit",
        advice: failures["input.invalid"].advice,
        errors: invalid.faults,
      },
    });
    expect(JSON.parse(failureJson(new UsageError("no")))).toEqual({ error: { code: "usage", detail: "no" } });
    expect(JSON.parse(failureJson("oh"))).toEqual({ error: { code: "internal", detail: "oh" } });
  });

  it("has an exit code that tells usage, refusal and silence from everything else", () => {
    const codeOf = (code: FailureCode) => exitCodeOf(new AiosError(code, ""));
    expect(exitCodeOf(new UsageError(""))).toBe(2);
    expect([codeOf("auth.missing"), codeOf("auth.refused"), codeOf("auth.origin")]).toEqual([3, 3, 3]);
    expect(codeOf("engine.unreachable")).toBe(4);
    expect([codeOf("task.unknown"), codeOf("internal"), exitCodeOf(new Error(""))]).toEqual([1, 1, 1]);
  });
});
