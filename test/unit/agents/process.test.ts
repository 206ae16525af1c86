import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAgentConfig } from "../../../src/agents/index.ts";
import { mergedEnds } from "../../../src/agents/process/end-tree.ts";
import { attemptEnvironment, processEnvironment } from "../../../src/agents/process/environment.ts";
import { exitFailure } from "../../../src/agents/process/exit-failure.ts";
import { linesOf, textOf } from "../../../src/agents/process/lines.ts";
import { keepTail } from "../../../src/agents/process/tail.ts";

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe("the lines of a stream", () => {
  it("do not depend on where its chunks are cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.array(fc.nat({ max: 20 })), async (text, cuts) => {
        const all = bytes(text);
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const cut of cuts) {
          chunks.push(all.subarray(from, from + cut));
          from += cut;
        }
        chunks.push(all.subarray(from));
        const expected = new TextDecoder("utf-8", { ignoreBOM: true }).decode(all).split("\n");
        expect(await collect(linesOf(streamOf(chunks)))).toEqual(expected.filter((line) => line !== ""));
      }),
    );
  });

  it("are refused when one is too large, before it has ended", async () => {
    const endless = streamOf([bytes("ok\n"), bytes("x".repeat(8)), bytes("x".repeat(8))]);
    const lines = linesOf(endless, 10);
    expect((await lines.next()).value).toBe("ok");
    await expect(lines.next()).rejects.toMatchObject({ reason: "output" });
    await expect(collect(linesOf(streamOf([bytes(`${"x".repeat(11)}\n`)]), 10))).rejects.toThrow(/10 MiB/);
  });

  it("as a whole keep every character, and are refused when they are too many", async () => {
    const check = bytes("✓ done\n");
    expect(await textOf(streamOf([check.subarray(0, 1), check.subarray(1)]))).toBe("✓ done\n");
    await expect(textOf(streamOf([bytes("12345"), bytes("678901")]), 10)).rejects.toMatchObject({ reason: "output" });
  });
});

describe("the tail of stderr", () => {
  it("is its last 8 KiB, also when the stream breaks", async () => {
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield bytes("a".repeat(10_000));
      yield bytes("the end\n");
      throw new Error("EPIPE");
    }
    const tail = keepTail(breaking());
    await tail.ended;
    expect(tail.text()).toHaveLength(8_191);
    expect(tail.text().endsWith("athe end")).toBe(true);
  });
});

describe("the failure of a program that ended badly", () => {
  const exit = { code: 1, signal: null };

  it.each([
    ["Traceback (most recent call last):\n  File x\nKeyError: 'a'", "KeyError: 'a'"],
    ["Error: ENOENT: no such file\n    at open (node:fs)\n\nNode.js v20.20.2", "Error: ENOENT: no such file"],
    ["just words\nand more", "and more"],
  ])("shows the line that says most of %j", (stderr, line) => {
    expect(exitFailure(exit, stderr).message).toBe(`exit code 1: ${line}`);
  });

  it.each([
    ["Error: connect ECONNREFUSED 127.0.0.1:9", "ECONNREFUSED"],
    ["ConnectionRefusedError: [Errno 111] Connection refused", "ECONNREFUSED"],
    ["builtins.FileNotFoundError: [Errno 2] No such file or directory: 'a.csv'", "ENOENT"],
    ["ValueError: EGGS are no errno", undefined],
  ])("has the system error that %j names as its code", (stderr, code) => {
    expect(exitFailure(exit, stderr).facts.code).toBe(code);
  });

  it("says how it ended when stderr says nothing", () => {
    expect(exitFailure(exit, "").facts).toEqual({ message: "exit code 1", exitCode: 1 });
    expect(exitFailure({ code: null, signal: "SIGSEGV" }, "").facts).toEqual({
      message: "ended by SIGSEGV",
      signal: "SIGSEGV",
    });
  });
});

describe("the environment of a program", () => {
  const engine = {
    PATH: "/bin",
    HOME: "/root",
    LC_ALL: "C",
    AIOS_TOKEN: "secret",
    AWS_SECRET: "secret",
    TZ: undefined,
  };

  it("is the allowed part of the engine's, and what its configuration adds", () => {
    expect(processEnvironment(engine, { MODE: "x", PATH: "/opt" }, { otherUser: false })).toEqual({
      PATH: "/opt",
      HOME: "/root",
      LC_ALL: "C",
      MODE: "x",
    });
  });

  it("never has the engine's own tokens, and no HOME of another user", () => {
    const added = { AIOS_TOKEN: "x", AIOS_JOURNAL_KEY: "y" };
    expect(processEnvironment(engine, added, { otherUser: true })).toEqual({ PATH: "/bin", LC_ALL: "C" });
  });

  it("tells the attempt, but no advice too large for a variable", () => {
    const attempt = { taskId: "t", attempt: 1, idempotencyKey: "k", deadlineMs: 5, input: null, advice: [] };
    const advice = [{ key: "l", title: "t", content: "x".repeat(40_000) }];
    expect(attemptEnvironment(attempt)).toEqual({
      AIOS_TASK_ID: "t",
      AIOS_ATTEMPT: "1",
      AIOS_IDEMPOTENCY_KEY: "k",
      AIOS_DEADLINE_MS: "5",
    });
    expect(attemptEnvironment({ ...attempt, advice })).not.toHaveProperty("AIOS_ADVICE");
  });
});

describe("two reports of what was ended", () => {
  it("make one: what either ended has ended, and the stronger signal was needed", () => {
    const first = { ended: [1], remaining: [2, 3], signal: "SIGTERM" } as const;
    const second = { ended: [2], remaining: [3], signal: "SIGKILL" } as const;
    expect(mergedEnds(first, second)).toEqual({ ended: [1, 2], remaining: [3], signal: "SIGKILL" });
  });
});

describe("the configuration of a process agent", () => {
  it("is filled up with its defaults", () => {
    expect(parseAgentConfig("process", { command: ["python3", "agent.py"] })).toEqual({
      command: ["python3", "agent.py"],
      mode: "one-shot",
      output: "ndjson",
      env: {},
      graceMs: 10_000,
    });
  });

  it.each([
    [{ command: [] }, "config.command[0]"],
    [{ command: "python3 agent.py" }, "config.command"],
    [{ command: ["x"], output: "yaml" }, "config.output"],
    [{ command: ["x"], env: { "A=B": "1" } }, "config.env.A=B"],
    [{ command: ["x"], heartbeatMs: 1_000 }, "config.heartbeatMs"],
    [{ command: ["x"], comand: 1 }, "config.comand"],
  ])("is refused for %j, naming the place", (config, place) => {
    expect(() => parseAgentConfig("process", config)).toThrow(
      expect.objectContaining({ code: "agent.invalid", faults: [expect.objectContaining({ path: place })] }),
    );
  });

  it("needs a kind that exists", () => {
    expect(() => parseAgentConfig("robot", {})).toThrow(/no kind "robot"; known are process, http, function/);
  });
});
