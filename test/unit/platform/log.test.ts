import { describe, expect, it } from "vitest";
import { AiosError } from "../../../src/kernel/errors.ts";
import { createLog, type LogOptions } from "../../../src/platform/log.ts";

function recorded(options: LogOptions = {}) {
  const lines: string[] = [];
  const log = createLog({ ...options, write: (line) => lines.push(line), now: () => Date.UTC(2026, 1, 24, 9, 30) });
  return { log, lines, records: () => lines.map((line): unknown => JSON.parse(line)) };
}

describe("log", () => {
  it("writes one JSON object a line with time, level, message and fields", () => {
    const { log, records } = recorded();
    log.with({ part: "scheduler" }).warn("task late", { taskId: "t1", byMs: 12 });
    expect(records()).toEqual([
      {
        time: "2026-02-24T09:30:00.000Z",
        level: "warn",
        message: "task late",
        part: "scheduler",
        taskId: "t1",
        byMs: 12,
      },
    ]);
  });

  it("leaves out what is below its level", () => {
    const { log, lines } = recorded({ level: "warn" });
    log.debug("a");
    log.info("b");
    log.error("c");
    expect(lines).toHaveLength(1);
  });

  it.each(["token", "Authorization", "apiKey", "db_password", "clientSecret", "set-cookie", "operatorToken"])(
    "masks a value named %s at any depth",
    (name) => {
      const { log, lines } = recorded();
      log.info("request", { headers: [{ [name]: "hunter2" }] });
      expect(lines[0]).not.toContain("hunter2");
      expect(lines[0]).toContain("[redacted]");
    },
  );

  it("keeps counts and ids that only sound like secrets", () => {
    const { log, records } = recorded();
    log.info("usage", { input_tokens: 7, tokenId: "abc" });
    expect(records()[0]).toMatchObject({ input_tokens: 7, tokenId: "abc" });
  });

  it("opens errors with their code and cause", () => {
    const { log, records } = recorded();
    log.error("failed", { failure: new AiosError("process.spawn", "no such program", { cause: new Error("ENOENT") }) });
    expect(records()[0]).toMatchObject({
      failure: { name: "AiosError", code: "process.spawn", message: "no such program", cause: { message: "ENOENT" } },
    });
  });

  it("survives circles and big integers", () => {
    const { log, records } = recorded();
    const circle: Record<string, unknown> = { size: 10n };
    circle["self"] = circle;
    log.info("odd", { circle });
    expect(records()[0]).toMatchObject({ circle: { size: "10" } });
  });

  it("never lets a message forge a second line or move the cursor of a terminal", () => {
    const { log, lines } = recorded({ format: "pretty" });
    log.info("first\nsecond", { text: "\u001b[2J" });
    expect(lines[0]).toContain("first\\u000asecond");
    expect(lines[0]).not.toContain("\u001b[2J");
  });
});
