import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { AgentBody } from "../../../src/agents/kind.ts";
import type { ProcessIdentity } from "../../../src/kernel/processes.ts";
import { processes, type RecordedContext } from "../../support/agent-context.ts";
import { attemptOf, describeAgentContract, failureOf, never, opened } from "./contract.ts";

const program = path.resolve(import.meta.dirname, "../../fixtures/agents/agent.mjs");
const oneShot = { command: [process.execPath, program], graceMs: 200 };
const resident = { command: [process.execPath, program, "resident"], mode: "resident", graceMs: 200 };

function started(context: RecordedContext): readonly ProcessIdentity[] {
  return context.reports.flatMap((report) => (report.kind === "process_started" ? [report.identity] : []));
}

function theProcess(body: AgentBody): ProcessIdentity {
  const [identity] = body.processes();
  if (identity === undefined) throw new Error("the agent has no process");
  return identity;
}

async function working(context: RecordedContext): Promise<number> {
  const trees = await Promise.all(started(context).map((identity) => processes.tree(identity)));
  return trees.flat().length;
}

describeAgentContract("a program started for each task", {
  kind: "process",
  config: async () => oneShot,
  working,
});

describeAgentContract("a resident program", { kind: "process", config: async () => resident, working });

/** A one-shot program given as its source. */
const script = (source: string, more: object = {}) => ({ command: [process.execPath, "-e", source], ...more });

describe("a program started for each task", () => {
  it("reports the beginning and the end of its process", async () => {
    const { body, context } = await opened("process", oneShot);
    const attempt = attemptOf({ do: "echo", value: 1 });
    await body.run(attempt, never);
    const [identity] = started(context);
    expect(context.reports).toEqual([
      { kind: "process_started", identity, taskId: attempt.taskId },
      { kind: "process_exited", identity, exit: { code: 0, signal: null }, expected: true, taskId: attempt.taskId },
    ]);
    expect(body.processes()).toEqual([]);
  });

  it("ends a program that hangs with all it started, and says what it ended", async () => {
    const { body, context } = await opened("process", oneShot);
    const abort = new AbortController();
    const failing = failureOf(body.run(attemptOf({ do: "hang" }), abort.signal));
    await context.reported((report) => report.kind === "progress");
    const tree = await processes.tree(theProcess(body));
    expect(tree.length).toBe(2);
    abort.abort("timeout");
    const { contained } = await failing;
    expect(new Set(contained?.ended)).toEqual(new Set(tree));
    expect(contained).toMatchObject({ remaining: [], signal: "SIGKILL" });
  });

  it("fails with the exit code and the line of stderr that says most", async () => {
    const { body } = await opened("process", oneShot);
    const failure = await failureOf(body.run(attemptOf({ do: "crash" }), never));
    expect(failure.reason).toBe("exit");
    expect(failure.facts).toEqual({
      message: "exit code 3: Error: ENOENT: no such file, open '/data/in.csv'",
      code: "ENOENT",
      exitCode: 3,
      stderrTail: "warming up\nError: ENOENT: no such file, open '/data/in.csv'",
    });
  });

  it("fails with the signal when somebody else ends the program", async () => {
    const { body, context } = await opened("process", oneShot);
    const failing = failureOf(body.run(attemptOf({ do: "hang" }), never));
    await context.reported((report) => report.kind === "progress");
    process.kill(theProcess(body).pid, "SIGKILL");
    const failure = await failing;
    expect(failure.reason).toBe("signal");
    expect(failure.facts).toMatchObject({ message: "ended by SIGKILL", signal: "SIGKILL" });
    expect(await working(context)).toBe(0);
  });

  it.each([
    ["babble", /line 1 of stdout is not JSON: this is no JSON/],
    ["wrong", /line 1 of stdout is not a valid "progress" message: ratio/],
    ["vanish", /without a "result" or "error" message/],
    ["flood", /larger than 10 MiB/],
  ])("fails as output when the program does %s", async (what, message) => {
    const { body, context } = await opened("process", oneShot);
    const failure = await failureOf(body.run(attemptOf({ do: what }), never));
    expect(failure.reason).toBe("output");
    expect(failure.message).toMatch(message);
    expect(await working(context)).toBe(0);
  });

  it("takes the result of a program that does not end by itself, and ends it", async () => {
    const source = `console.log('{"type":"result","output":42}'); setInterval(() => {}, 1000)`;
    const { body, context } = await opened("process", script(source, { graceMs: 50 }));
    expect((await body.run(attemptOf(null), never)).output).toBe(42);
    expect(await working(context)).toBe(0);
  });

  it("ends what a successful program left running", async () => {
    const leaving = `require("node:child_process").spawn("sleep", ["60"], { detached: true, stdio: "inherit" }).unref()`;
    const { body, context } = await opened("process", script(leaving, { output: "text", graceMs: 200 }));
    expect((await body.run(attemptOf(null), never)).output).toBe("");
    expect(await working(context)).toBe(0);
  });

  it("hands on an allow-listed environment and never the engine's tokens", async () => {
    const config = script(
      "console.log(JSON.stringify(Object.fromEntries(Object.keys(process.env).map((name) => [name, 1]))))",
      {
        output: "json",
        env: { GREETING: "hi", AIOS_TOKEN: "stolen" },
      },
    );
    const { body } = await opened("process", config);
    const { output } = await body.run(attemptOf(null), never);
    expect(output).toEqual({
      AIOS_ATTEMPT: 1,
      AIOS_DEADLINE_MS: 1,
      AIOS_IDEMPOTENCY_KEY: 1,
      AIOS_OWNER_TOKEN: 1,
      AIOS_TASK_ID: 1,
      GREETING: 1,
      PATH: 1,
    });
  });

  it("runs in the agent's own directory, or below it where `cwd` says so", async () => {
    const source = "process.stdout.write(process.cwd())";
    const own = await opened("process", script(source, { output: "text" }));
    expect((await own.body.run(attemptOf(null), never)).output).toBe(own.context.workspace);
    const { body, context } = await opened("process", script(source, { output: "text", cwd: "data" }));
    await context.ports.files.makeDirectory(`${context.workspace}/data`);
    expect((await body.run(attemptOf(null), never)).output).toBe(`${context.workspace}/data`);
  });

  it("fails as spawn, never to be tried again, when the program does not exist", async () => {
    const { body } = await opened("process", { command: ["no-such-program"] });
    const failure = await failureOf(body.run(attemptOf(null), never));
    expect(failure.reason).toBe("spawn");
    expect(failure.facts).toMatchObject({ code: "process.spawn", retryable: false });
    expect(failure.message).toContain("no-such-program");
  });
});

describe("the formats of output", () => {
  const echo = `process.stdin.on("data", (data) => process.stdout.write(data))`;

  it("text: stdin is the input, stdout is the result", async () => {
    const { body } = await opened("process", script(echo, { output: "text" }));
    expect((await body.run(attemptOf("line 1\nline 2\n"), never)).output).toBe("line 1\nline 2\n");
  });

  it("json: stdout is one JSON value, and a failure says what came instead", async () => {
    const { body } = await opened("process", script(echo, { output: "json" }));
    expect((await body.run(attemptOf({ a: [1] }), never)).output).toEqual({ a: [1] });
    const failure = await failureOf(body.run(attemptOf("Traceback"), never));
    expect(failure.reason).toBe("output");
    expect(failure.message).toBe("stdout is not JSON: Traceback");
  });

  it("stream-json: understands tool calls, usage and the result, and keeps the rest as log", async () => {
    const lines = [
      { type: "system", subtype: "init" },
      { type: "assistant", message: { model: "m-1", content: [{ type: "tool_use", name: "Read" }] } },
      { type: "result", result: "done", usage: { input_tokens: 10, output_tokens: 2 }, total_cost_usd: 0.01 },
    ].map((line) => JSON.stringify(line));
    const { body, context } = await opened("process", script(echo, { output: "stream-json" }));
    const result = await body.run(attemptOf(`${lines.join("\n")}\n`), never);
    expect(result).toEqual({
      output: "done",
      usage: { inputTokens: 10, outputTokens: 2, costUsd: 0.01, model: "m-1" },
    });
    expect(context.reports).toContainEqual(expect.objectContaining({ kind: "progress", message: "Read" }));
    expect(context.reports).toContainEqual(expect.objectContaining({ kind: "log", message: lines[0] }));
  });

  it("stream-json: fails as the run itself says", async () => {
    const line = JSON.stringify({ type: "result", subtype: "error_max_turns", is_error: true, result: "gave up" });
    const { body } = await opened("process", script(echo, { output: "stream-json" }));
    const failure = await failureOf(body.run(attemptOf(line), never));
    expect(failure.facts).toMatchObject({ message: "gave up", code: "error_max_turns" });
  });
});

describe("a program that ends with a trace", () => {
  const panic = "thread 'main' (7) panicked at m.rs:1:71:\nindex out of bounds: the len is 1 but the index is 11\n";
  it.each([
    [
      "Node",
      `require("node:fs").readFileSync("/no/where")`,
      /Error: ENOENT: no such file or directory, open '\/no\/where'$/,
    ],
    [
      "Rust",
      `process.stderr.write(${JSON.stringify(panic)} + "note: run with RUST_BACKTRACE=1 to see where it panicked\\n"); process.exit(101)`,
      /panicked at m\.rs:1:71: index out of bounds: the len is 1 but the index is 11$/,
    ],
  ])("fails with what the trace is of: %s", async (_name, source, message) => {
    const { body } = await opened("process", script(source, { output: "text" }));
    expect((await failureOf(body.run(attemptOf(null), never))).message).toMatch(message);
  });
});

describe("a resident program", () => {
  it("is one process for many tasks", async () => {
    const { body, context } = await opened("process", resident);
    const first = await body.run(attemptOf({ do: "tell" }), never);
    const second = await body.run(attemptOf({ do: "tell" }), never);
    expect(first.output).toMatchObject({ pid: started(context)[0]?.pid });
    expect(second.output).toMatchObject({ pid: started(context)[0]?.pid });
    expect(started(context)).toHaveLength(1);
    expect(body.processes()).toEqual(started(context));
  });

  it("is begun anew by the next task after it was killed, and reports that as unexpected", async () => {
    const { body, context } = await opened("process", resident);
    await body.start();
    process.kill(theProcess(body).pid, "SIGKILL");
    await context.reported((report) => report.kind === "process_exited" && !report.expected);
    expect(body.processes()).toEqual([]);
    expect((await body.run(attemptOf({ do: "echo", value: "again" }), never)).output).toBe("again");
    expect(started(context)).toHaveLength(2);
  });

  it("fails every task under way when it crashes, with its last words", async () => {
    const { body, context } = await opened("process", resident);
    const waiting = failureOf(body.run(attemptOf({ do: "silent" }), never));
    const crashing = failureOf(body.run(attemptOf({ do: "crash" }), never));
    for (const failure of [await waiting, await crashing]) {
      expect(failure.reason).toBe("exit");
      expect(failure.message).toContain("ENOENT: no such file");
    }
    expect(await working(context)).toBe(0);
  });

  it("interrupts the other tasks of a process that has to be ended for one", async () => {
    const { body, context } = await opened("process", resident);
    const abort = new AbortController();
    const other = failureOf(body.run(attemptOf({ do: "silent" }), never));
    const hung = failureOf(body.run(attemptOf({ do: "hang" }), abort.signal));
    await context.reported((report) => report.kind === "progress");
    abort.abort("timeout");
    expect((await hung).reason).toBe("timeout");
    expect((await other).reason).toBe("interrupted");
  });

  it("is taken at its first word where it tells a result twice, and goes on", async () => {
    const source = `
      const say = (id, output) => console.log(JSON.stringify({ type: "result", id, output }));
      require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
        const { id, input } = JSON.parse(line);
        say(id, input);
        say(id, "something else");
      });`;
    const { body, context } = await opened("process", script(source, { mode: "resident" }));
    expect((await body.run(attemptOf("first"), never)).output).toBe("first");
    expect((await body.run(attemptOf("second"), never)).output).toBe("second");
    expect(started(context)).toHaveLength(1);
  });

  it("is ended when it breaks the protocol", async () => {
    const { body, context } = await opened("process", resident);
    const failure = await failureOf(body.run(attemptOf({ do: "babble" }), never));
    expect(failure.reason).toBe("output");
    expect(await working(context)).toBe(0);
  });

  it("is ended as hung when it is silent for longer than its heartbeats allow", async () => {
    const { body, context } = await opened("process", { ...resident, heartbeatMs: 1_500 });
    await body.run(attemptOf({ do: "echo", value: 1 }), never);
    const failure = await failureOf(body.run(attemptOf({ do: "silent" }), never));
    expect(failure.reason).toBe("timeout");
    expect(failure.message).toContain("no heartbeat for 1500 ms");
    expect(await working(context)).toBe(0);
  });

  it("reports heartbeats with its pid", async () => {
    const source = `setInterval(() => console.log('{"type":"heartbeat"}'), 20)`;
    const { body, context } = await opened("process", script(source, { mode: "resident", graceMs: 50 }));
    await body.start();
    const heartbeat = await context.reported((report) => report.kind === "heartbeat");
    expect(heartbeat).toEqual({ kind: "heartbeat", pid: body.processes()[0]?.pid });
  });

  it("rejects a start of what cannot be started", async () => {
    const { body } = await opened("process", { command: ["no-such-program"], mode: "resident" });
    await expect(body.start()).rejects.toMatchObject({ code: "process.spawn" });
  });

  it("must speak the protocol", async () => {
    await expect(opened("process", { ...resident, output: "text" })).rejects.toMatchObject({
      code: "agent.invalid",
      faults: [{ path: "config.output", message: expect.stringContaining("ndjson") }],
    });
  });
});

describe("a program that is not executable", () => {
  it("says what to do", async () => {
    const { body, context } = await opened("process", { command: ["./script"] });
    await writeFile(path.join(context.workspace, "script"), "", { mode: 0o644 });
    expect((await failureOf(body.run(attemptOf(null), never))).message).toContain("chmod +x");
  });
});
