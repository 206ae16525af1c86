import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { acceptingAgent } from "../../fixtures/agents/http-agent.ts";
import { TestEngine } from "../../support/engine.ts";
import { isAlive, livingIn } from "../../support/process-table.ts";

const protocolAgent = path.join(import.meta.dirname, "../../fixtures/agents/agent.mjs");
const node = (...argv: readonly string[]) => [process.execPath, ...argv];
const sh = (script: string) => ["sh", "-c", script];
const answering = (output: string) => `echo '{"type":"result","output":"${output}"}'`;

/** Says that it hangs once a grandchild in a session of its own is up; both of them ignore SIGTERM. */
const hanging = sh(`trap '' TERM
(trap '' TERM; exec setsid sh -c "trap '' TERM; echo up > up; while :; do sleep 1; done") &
while [ ! -e up ]; do sleep 0.01; done
echo '{"type":"progress","message":"hanging"}'
while :; do sleep 1; done`);

describe("a process agent", () => {
  it("is ended at its time limit with all it started, and the list of them is told", async () => {
    const test = await TestEngine.open();
    await test.agent("hanger", hanging);
    const ended = test.run({ agent: "hanger", timeoutMs: 4_000, retries: 0 });
    await test.until("task.progress");
    expect(livingIn(test.dataDir).length).toBeGreaterThanOrEqual(3);
    expect(await ended).toMatchObject({ state: "dead", error: { reason: "timeout" } });
    expect(livingIn(test.dataDir)).toEqual([]);
    const { contained } = (await test.until("task.attempt_failed")).data;
    expect(contained).toMatchObject({ remaining: [], signal: "SIGKILL" });
    expect(contained?.ended.length).toBeGreaterThanOrEqual(3);
    expect(contained?.ended.some(isAlive)).toBe(false);
  });

  it("is told the model of its configuration, in its environment and in its task, and another one from the next task on", async () => {
    const test = await TestEngine.open();
    const saying = `process.stdin.on("data", (task) => {
      const output = [process.env.AIOS_MODEL, JSON.parse(task).model];
      console.log(JSON.stringify({ type: "result", output }));
    })`;
    await test.agent("asker", node("-e", saying), { model: "big" });
    expect((await test.run({ agent: "asker" })).output).toEqual(["big", "big"]);
    const { config } = test.engine.runtime.agents.get("asker").spec;
    await test.engine.runtime.agents.configure("asker", { ...(config as object), model: "small" }, { by: "me" });
    expect((await test.run({ agent: "asker" })).output).toEqual(["small", "small"]);
  });

  it("is ended when its task is cancelled, with all it started", async () => {
    const test = await TestEngine.open();
    await test.agent("hanger", hanging);
    const { id } = await test.engine.tasks.submit({ agent: "hanger", input: null });
    await test.until("task.progress");
    await test.engine.runtime.tasks.cancel(id, "enough", "operator:me");
    expect(await test.engine.tasks.finished(id)).toMatchObject({ state: "cancelled" });
    expect(livingIn(test.dataDir)).toEqual([]);
  });

  it("leaves nothing behind when the engine stops while it works", async () => {
    const test = await TestEngine.open({ config: { shutdown: { graceMs: 50 } } });
    await test.agent("hanger", hanging);
    await test.engine.tasks.submit({ agent: "hanger", input: null });
    await test.until("task.progress");
    await test.stop();
    expect(livingIn(test.dataDir)).toEqual([]);
    expect(test.events.at(-1)?.type).toBe("engine.stopped");
  });

  it("whose program does not exist fails its task at once and for good, saying which program", async () => {
    const test = await TestEngine.open();
    await test.agent("nothing", ["/no/such/program"]);
    expect(await test.run({ agent: "nothing", retries: 5 })).toMatchObject({
      state: "failed",
      attempts: 1,
      error: {
        reason: "spawn",
        code: "process.spawn",
        message: expect.stringContaining("/no/such/program") as string,
      },
    });
  });

  it("that prints what it did not promise fails, saying what was expected", async () => {
    const test = await TestEngine.open();
    await test.agent("talker", sh("echo hello"), { output: "json" });
    expect(await test.run({ agent: "talker", retries: 0 })).toMatchObject({
      error: { reason: "output", message: expect.stringContaining("JSON") as string },
    });
  });

  it("that exits badly fails with its code and the end of what it said on stderr", async () => {
    const test = await TestEngine.open();
    await test.agent("failing", sh("echo 'cannot open /data/in.csv' >&2; exit 3"), { output: "text" });
    expect(await test.run({ agent: "failing", retries: 0 })).toMatchObject({
      error: { reason: "exit", exitCode: 3, stderrTail: "cannot open /data/in.csv" },
    });
  });

  it("of the one-shot kind is told its task, reports while it works, and answers", async () => {
    const test = await TestEngine.open();
    await test.agent("worker", node(protocolAgent));
    expect(await test.run({ agent: "worker", input: { do: "report" } })).toMatchObject({ state: "succeeded" });
    expect(await test.until("task.progress")).toMatchObject({ data: { ratio: 0.5 }, principal: "agent:worker" });
    expect(await test.until("task.usage")).toMatchObject({ data: { usage: { inputTokens: 3 } } });
    expect(await test.until("task.log")).toMatchObject({ data: { message: "hello" } });
    expect(await test.until("agent.process_exited")).toMatchObject({ data: { exitCode: 0, expected: true } });
  });

  it("of the resident kind takes many tasks with one process, and gets a new one when that dies", async () => {
    const test = await TestEngine.open();
    await test.agent("resident", node(protocolAgent, "resident"), { mode: "resident" });
    const pidOf = async () => {
      const { output } = await test.run({ agent: "resident", input: { do: "tell" }, retries: 0 });
      return (output as { readonly pid: number }).pid;
    };
    const pid = await pidOf();
    expect(await pidOf()).toBe(pid);
    process.kill(pid, "SIGKILL");
    expect((await test.until("agent.process_exited")).data).toMatchObject({ pid, signal: "SIGKILL", expected: false });
    const next = await pidOf();
    expect(next).not.toBe(pid);
    await test.stop();
    expect([isAlive(pid), isAlive(next)]).toEqual([false, false]);
  });

  it("of the resident kind is started and stopped on order, without a task", async () => {
    const test = await TestEngine.open();
    const { agents } = test.engine.runtime;
    await test.agent("resident", node(protocolAgent, "resident"), { mode: "resident" });
    await agents.command("resident", "start", "warm it up", "operator:me");
    const { process: started } = (await test.until("agent.process_started")).data;
    expect(isAlive(started.pid)).toBe(true);
    await agents.command("resident", "stop", "enough", "operator:me");
    expect(isAlive(started.pid)).toBe(false);
    expect(await test.until("agent.stopped")).toMatchObject({ data: { ended: [started.pid] } });
  });

  it("finishes with the configuration it began with, while the next task begins with the new one", async () => {
    const test = await TestEngine.open();
    const script = `echo '{"type":"progress"}'; while [ ! -e go ]; do sleep 0.01; done; ${answering("old")}`;
    await test.agent("a", sh(script), {}, { concurrency: 2 });
    const first = test.run({ agent: "a" });
    await test.until("task.progress");
    const { agents, ports } = test.engine.runtime;
    await agents.configure("a", { command: sh(answering("new")) }, { by: "operator:me" });
    expect(await test.run({ agent: "a" })).toMatchObject({ state: "succeeded", output: "new" });
    await ports.files.write(path.join(test.dataDir, "agents/a/go"), "");
    expect(await first).toMatchObject({ state: "succeeded", output: "old", attempts: 1 });
  });
});

describe("output that is too large for an event", () => {
  it("is kept in a file of its own and read back whole, also after a restart", async () => {
    const test = await TestEngine.open({ http: true });
    const bytes = 200_000;
    await test.agent("big", sh(`head -c ${bytes} /dev/zero | tr '\\0' x`), { output: "text" });
    const task = await test.run({ agent: "big" });
    expect(task).toMatchObject({ state: "succeeded", outputBytes: bytes + 2 });
    expect(task.output).toBeUndefined();
    const kept = await readFile(path.join(test.dataDir, "outputs", `${task.id}.json`), "utf8");
    expect(JSON.parse(kept)).toBe("x".repeat(bytes));
    await test.stop();
    const again = await TestEngine.open({ http: true, dataDir: test.dataDir });
    const client = await again.client();
    const response = await client.tasks[":id"].output.$get({ param: { id: task.id } });
    expect(await response.json()).toMatchObject({ state: "succeeded", output: "x".repeat(bytes) });
  });
});

describe("an http agent", () => {
  it("accepts a task, is asked how far it is, and answers", async () => {
    const test = await TestEngine.open();
    const server = await acceptingAgent();
    await test.engine.agents.register("remote", { kind: "http", config: { url: server.url, pollMs: 10 } });
    expect(await test.run({ agent: "remote", input: { do: "echo", value: { n: 1 } } })).toMatchObject({
      state: "succeeded",
      output: { n: 1 },
    });
    expect(await test.run({ agent: "remote", input: { do: "fail" } })).toMatchObject({
      state: "failed",
      error: { code: "ENOLUCK" },
    });
  });

  it("is told to stop when its task is cancelled", async () => {
    const test = await TestEngine.open();
    const server = await acceptingAgent();
    await test.engine.agents.register("remote", { kind: "http", config: { url: server.url, pollMs: 10 } });
    const { id } = await test.engine.tasks.submit({ agent: "remote", input: { do: "hang" } });
    await test.until("task.progress");
    await test.engine.runtime.tasks.cancel(id, "enough", "operator:me");
    expect(await test.engine.tasks.finished(id)).toMatchObject({ state: "cancelled" });
    expect(server.working()).toBe(0);
    expect(server.requests.some((request) => request.startsWith("DELETE"))).toBe(true);
  });
});

describe("a function agent", () => {
  it("runs inside the program, reports, and fails in its own words", async () => {
    const test = await TestEngine.open();
    await test.engine.agents.register("f", {
      kind: "function",
      run: (input, { report }) => {
        if (input === "bad") throw Object.assign(new Error("bad input"), { code: "EBAD", retryable: false });
        report.progress({ ratio: 1 });
        return { got: input };
      },
    });
    expect(await test.run({ agent: "f", input: 7 })).toMatchObject({ state: "succeeded", output: { got: 7 } });
    expect(await test.run({ agent: "f", input: "bad" })).toMatchObject({
      error: { code: "EBAD", message: "bad input" },
    });
    expect(await test.until("task.progress")).toMatchObject({ data: { ratio: 1 } });
  });

  it("does what the function does that was registered last", async () => {
    const test = await TestEngine.open();
    await test.engine.agents.register("f", { kind: "function", run: () => "first" });
    expect((await test.run({ agent: "f" })).output).toBe("first");
    await test.engine.agents.register("f", { kind: "function", run: () => "second" });
    expect((await test.run({ agent: "f" })).output).toBe("second");
  });

  it("waits after a restart until the program has registered its function again", async () => {
    const test = await TestEngine.open({ config: { shutdown: { graceMs: 20 } } });
    await test.engine.agents.register("f", {
      kind: "function",
      run: (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
    });
    const { id } = await test.engine.tasks.submit({ agent: "f", input: null });
    await test.until("task.started");
    await test.stop();
    const again = await TestEngine.open({ dataDir: test.dataDir });
    expect(again.engine.runtime.views.tasks.get(id)).toMatchObject({ state: "queued" });
    await again.engine.agents.register("f", { kind: "function", run: () => "after" });
    expect(await again.engine.tasks.finished(id)).toMatchObject({ state: "succeeded", output: "after" });
    expect(again.told("task.attempt_failed").map(({ data }) => data.reason)).toEqual(["interrupted"]);
    expect(again.engine.runtime.agents.get("f").versions).toHaveLength(1);
  });
});

describe("an agent that keeps a core busy", () => {
  it("is noticed, restarted, and found well by a measurement of its new process", async () => {
    const restarting = {
      id: "restart",
      trigger: { event_type: "resource.high", conditions: { scope: "agent", resource: "cpu" } },
      target: { kind: "agent", id: { $ref: "event.data.agentId" } },
      actions: [{ type: "restart_agent", target: { $ref: "event.data.agentId" }, params: { graceMs: 100 } }],
      validation: {
        check: "resource_below",
        params: { resource: "cpu", threshold: 15, target: { $ref: "event.data.agentId" } },
        settleMs: 300,
        intervalMs: 100,
        probes: 3,
        required: 1,
      },
      grants: ["process.signal:own"],
      tests: [{ event: { type: "resource.high", data: { scope: "agent", resource: "cpu" } }, expect: "match" }],
    };
    const flips = { fire: 20, clear: 10 };
    const sensors = { intervalMs: 100, samples: 2, holdMs: 0, agent: { cpu: flips } };
    const test = await TestEngine.open({ config: { sensors }, playbooks: [restarting] });
    // Burns until it has been started a second time.
    await test.agent("burner", sh("if [ -e tried ]; then sleep 1000; fi; touch tried; while :; do :; done"), {
      mode: "resident",
    });
    await test.engine.runtime.agents.command("burner", "start", "go", "operator:me");
    const high = await test.until("resource.high", ({ data }) => data.scope === "agent");
    expect(high.data).toMatchObject({ agentId: "burner", resource: "cpu", threshold: 20 });
    const { data } = await test.until("playbook.settled");
    expect(data).toMatchObject({ outcome: "fixed", target: { kind: "agent", id: "burner" } });
    const pids = test.told("agent.process_started").map(({ data: { process: started } }) => started.pid);
    expect(pids.map(isAlive)).toEqual([false, true]);
  });
});

describe("the seed's own playbook", () => {
  it("asks, since it carries no tests, and then ends an idle agent's process until its next task", async () => {
    const test = await TestEngine.open({
      http: true,
      playbookFolders: [path.join(import.meta.dirname, "../../../playbooks")],
    });
    await test.agent("resident", node(protocolAgent, "resident"), { mode: "resident" });
    await test.run({ agent: "resident", input: { do: "echo", value: 1 } });
    const { process: idle } = (await test.until("agent.process_started")).data;
    const client = await test.client();
    await test.engine.publish({
      type: "resource.high",
      data: { scope: "host", resource: "cpu", value: 95, threshold: 80 },
    });
    const request = await test.until("approval.requested", ({ data }) => data.playbookId === "cpu_high_kill_idle");
    expect(request.data.why).toContain("ask: the playbook carries no tests");
    expect(isAlive(idle.pid)).toBe(true);
    const response = await client.approvals[":id"][":decision"].$post({
      param: { id: request.data.approvalId, decision: "approve" },
      json: { planHash: request.data.planHash },
    });
    expect(response.status).toBe(200);
    await test.until("playbook.executed", ({ data }) => data.runId === request.data.runId);
    expect(isAlive(idle.pid)).toBe(false);
    expect(test.told("agent.stopped")).toEqual([]);
    const { output } = await test.run({ agent: "resident", input: { do: "tell" } });
    expect((output as { readonly pid: number }).pid).not.toBe(idle.pid);
  });
});
