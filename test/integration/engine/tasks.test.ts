import { describe, expect, it } from "vitest";
import { nodeHash } from "../../../src/platform/hash.ts";
import { deadLettersDoor } from "../../../src/runtime/doors/dead-letters-door.ts";
import type { Puppet } from "../../support/puppet.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

/** Attempts begin at once, and one failure does not keep the agent from the next task. */
const patient = { failureThreshold: 100, cooldownMs: 1 };

describe("the order of tasks", () => {
  it("runs at most as many at once as configured, over all agents", async () => {
    const engine = await VirtualEngine.open({ config: { tasks: { maxConcurrent: 3 } } });
    const agents: Puppet[] = [];
    for (const id of ["a", "b", "c", "d", "e"]) agents.push(await engine.agent(id));
    for (const agent of ["a", "b", "c", "d", "e"]) await engine.submit({ agent });
    const working = () => agents.reduce((sum, { working: at }) => sum + at.size, 0);
    expect(working()).toBe(3);
    agents[0]?.last.done();
    await engine.pass(0);
    expect(working()).toBe(3);
    for (const { working: at } of agents) for (const call of at) call.done();
    await engine.pass(0);
    expect(agents.map(({ calls }) => calls.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it("gives an agent at most as many tasks at once as it takes", async () => {
    const engine = await VirtualEngine.open({ config: { tasks: { maxConcurrent: 10 } } });
    const single = await engine.agent("single");
    const double = await engine.agent("double", { concurrency: 2 });
    for (let n = 0; n < 4; n++) {
      await engine.submit({ agent: "single" });
      await engine.submit({ agent: "double" });
    }
    expect([single.working.size, double.working.size]).toEqual([1, 2]);
  });

  it("takes a P0 from the queue before a P3 that came first, and within a priority the oldest", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    await engine.submit({ agent: "a", input: "running" });
    for (const [input, priority] of [
      ["p3", "P3"],
      ["p2 first", "P2"],
      ["p2 second", "P2"],
      ["p0", "P0"],
    ] as const)
      await engine.submit({ agent: "a", input, priority });
    for (let n = 0; n < 5; n++) {
      agent.last.done();
      await engine.pass(0);
    }
    expect(agent.calls.map(({ input }) => input)).toEqual(["running", "p0", "p2 first", "p2 second", "p3"]);
  });

  it("lets a P3 that waited too long go before younger P1 and P2", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    await engine.submit({ agent: "a", input: "running" });
    await engine.submit({ agent: "a", input: "old", priority: "P3" });
    await engine.pass(60_000);
    await engine.submit({ agent: "a", input: "young", priority: "P1" });
    agent.last.done();
    await engine.pass(0);
    expect(agent.last.input).toBe("old");
  });

  it("spreads tasks that ask for a capability over the idle agents that have it", async () => {
    const engine = await VirtualEngine.open();
    const able = { capabilities: ["code"], concurrency: 5 };
    const [first, second] = [await engine.agent("first", able), await engine.agent("second", able)];
    const other = await engine.agent("other", { capabilities: ["paint"] });
    await engine.submit({ capability: "code" });
    await engine.submit({ capability: "code" });
    expect([first.working.size, second.working.size, other.working.size]).toEqual([1, 1, 0]);
  });

  it("says of a task that nobody can take what it waits for, and gives it to whoever comes", async () => {
    const engine = await VirtualEngine.open();
    const task = await engine.submit({ capability: "code" });
    expect(engine.task(task)).toMatchObject({ state: "queued", waitingFor: 'no agent has the capability "code"' });
    const late = await engine.agent("late", { capabilities: ["code"] });
    expect(late.calls).toHaveLength(1);
  });
});

describe("asking for a task", () => {
  it("gives the same task for the same key of the same submitter", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const request = { agent: "a", input: 1, idempotencyKey: "once" };
    const [one, two] = [await engine.submit(request), await engine.submit(request)];
    const { id: other } = await engine.runtime.tasks.submit({ ...request }, "somebody else");
    await engine.pass(0);
    expect(two).toBe(one);
    expect(other).not.toBe(one);
    expect(engine.told("task.submitted")).toHaveLength(2);
    expect(agent.calls).toHaveLength(1);
  });

  it("refuses an agent, and a dependency, that nobody knows, naming the member", async () => {
    const engine = await VirtualEngine.open();
    await engine.agent("a");
    await expect(engine.submit({ agent: "nobody" })).rejects.toMatchObject({
      code: "agent.unknown",
      faults: [{ path: "agent" }],
    });
    await expect(engine.submit({ agent: "a", dependsOn: ["nothing"] })).rejects.toMatchObject({
      code: "task.unknown",
      faults: [{ path: "dependsOn[0]" }],
    });
    expect(engine.told("task.submitted")).toEqual([]);
  });

  it("refuses a task that would wait for itself", async () => {
    const engine = await VirtualEngine.open();
    await engine.agent("a");
    const own = `task-${nodeHash.sha256("operator:me\ncircle").slice(0, 20)}`;
    await expect(engine.submit({ agent: "a", idempotencyKey: "circle", dependsOn: [own] })).rejects.toMatchObject({
      code: "task.cycle",
      faults: [{ path: "dependsOn[0]" }],
    });
  });

  it("is refused as busy while as many wait as may, and accepted again when one has gone", async () => {
    const engine = await VirtualEngine.open({ config: { tasks: { maxQueued: 2 } } });
    const agent = await engine.agent("a");
    for (let n = 0; n < 3; n++) await engine.submit({ agent: "a" });
    await expect(engine.submit({ agent: "a" })).rejects.toMatchObject({ code: "busy", retryAfterSeconds: 5 });
    agent.last.done();
    await engine.pass(0);
    await expect(engine.submit({ agent: "a" })).resolves.toEqual(expect.any(String));
  });
});

describe("dependencies", () => {
  it("let a task begin once all it depends on has succeeded", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { concurrency: 2 });
    const [one, two] = [await engine.submit({ agent: "a" }), await engine.submit({ agent: "a" })];
    const last = await engine.submit({ agent: "a", input: "last", dependsOn: [one, two] });
    expect(engine.task(last)).toMatchObject({ state: "waiting" });
    agent.calls[0]?.done();
    await engine.pass(0);
    expect(agent.calls).toHaveLength(2);
    agent.calls[1]?.done();
    await engine.pass(0);
    expect(agent.last.input).toBe("last");
  });

  it("fail with what they wait for, all the way down, and so does one that comes later", async () => {
    const engine = await VirtualEngine.open({ config: { tasks: { retries: 0 } } });
    const agent = await engine.agent("a", { policy: patient });
    const root = await engine.submit({ agent: "a" });
    const child = await engine.submit({ agent: "a", dependsOn: [root] });
    const grandchild = await engine.submit({ agent: "a", dependsOn: [child] });
    agent.last.fail("no");
    await engine.pass(0);
    expect(engine.task(root).state).toBe("dead");
    for (const id of [child, grandchild])
      expect(engine.task(id)).toMatchObject({ state: "failed", attempts: 0, error: { reason: "dependency" } });
    const late = await engine.submit({ agent: "a", dependsOn: [root] });
    expect(engine.task(late)).toMatchObject({ state: "failed", error: { reason: "dependency" } });
    expect(agent.calls).toHaveLength(1);
  });

  it("fail with a task that was cancelled", async () => {
    const engine = await VirtualEngine.open();
    await engine.agent("a");
    const root = await engine.submit({ agent: "a" });
    const child = await engine.submit({ agent: "a", dependsOn: [root] });
    await engine.runtime.tasks.cancel(root, "not wanted", "operator:me");
    await engine.pass(0);
    expect([engine.task(root).state, engine.task(child).state]).toEqual(["cancelled", "failed"]);
  });
});

describe("retries", () => {
  it("wait longer each time, then leave a dead letter that can be replayed once", async () => {
    const backoff = { firstMs: 1_000, factor: 4, maxMs: 60_000 };
    const engine = await VirtualEngine.open({ config: { tasks: { backoff } } });
    const agent = await engine.agent("a", { policy: patient });
    const task = await engine.submit({ agent: "a", retries: 2 });
    const bounds = [
      [500, 1_000],
      [2_000, 4_000],
    ] as const;
    for (const [least, most] of bounds) {
      agent.last.fail("no luck");
      await engine.pass(0);
      expect(engine.task(task)).toMatchObject({ state: "waiting", waitingFor: "backoff before the next attempt" });
      const given = agent.calls.length;
      await engine.pass(least - 1);
      expect(agent.calls).toHaveLength(given);
      await engine.pass(most - least + 1);
      expect(agent.calls).toHaveLength(given + 1);
    }
    agent.last.fail("no luck");
    await engine.pass(0);
    expect(engine.task(task)).toMatchObject({ state: "dead", attempts: 3, error: { message: "no luck" } });
    expect(engine.runtime.views.deadLetters.waiting()).toMatchObject([{ task, attempts: 3, message: "no luck" }]);

    await engine.runtime.tasks.retry(task, { by: "operator:me", key: `replay/${task}`, probe: false });
    await engine.pass(1);
    expect(agent.calls).toHaveLength(4);
    agent.last.done("at last");
    await engine.pass(0);
    expect(engine.task(task)).toMatchObject({ state: "succeeded", output: "at last" });
    expect(engine.runtime.views.deadLetters.waiting()).toEqual([]);
  });

  it("leave a new dead letter when a replayed task dies again, which can be replayed as well", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy: patient });
    const door = deadLettersDoor(engine.runtime);
    const me = { role: "operator", id: "me" } as const;
    const task = await engine.submit({ agent: "a", retries: 0 });
    for (let n = 1; n <= 3; n++) {
      agent.last.fail("no");
      await engine.pass(1_000);
      expect(door.list()).toMatchObject([{ id: task, attempts: n, replayed: false }]);
      await door.replay(task, me);
      await engine.pass(0);
      expect(agent.calls).toHaveLength(n + 1);
      await expect(door.replay(task, me)).rejects.toMatchObject({ code: "conflict" });
    }
  });

  it("are not made where the agent said that they cannot help", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const task = await engine.submit({ agent: "a" });
    agent.last.fail("bad question", { retryable: false });
    await engine.pass(600_000);
    expect(engine.task(task)).toMatchObject({ state: "failed", attempts: 1 });
    expect(engine.runtime.views.deadLetters.list()).toEqual([]);
  });
});

describe("ending a task", () => {
  it("at its time limit tells the agent to stop, and counts as a failed attempt", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const task = await engine.submit({ agent: "a", timeoutMs: 5_000, retries: 0 });
    await engine.pass(4_999);
    expect(agent.working.size).toBe(1);
    await engine.pass(1);
    expect(agent.working.size).toBe(0);
    expect(engine.task(task)).toMatchObject({ state: "dead", error: { reason: "timeout" } });
  });

  it("ends also an attempt that began in the moment the one before was interrupted", async () => {
    for (const end of ["time limit", "cancelling"]) {
      const engine = await VirtualEngine.open();
      const agent = await engine.agent("a");
      const task = await engine.submit({ agent: "a", timeoutMs: 5_000, retries: 0 });
      // As a remedy ends an agent's process, without keeping it from its next task.
      await engine.runtime.pool.stop("a", 0);
      await engine.pass(0);
      expect(agent.calls).toHaveLength(2);
      if (end === "cancelling") await engine.runtime.tasks.cancel(task, "no", "operator:me");
      await engine.pass(5_000);
      expect([end, agent.working.size]).toEqual([end, 0]);
      expect([end, engine.task(task).state]).toEqual([end, end === "cancelling" ? "cancelled" : "dead"]);
    }
  });

  it("cancels one that runs, which is no failure of its agent", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const task = await engine.submit({ agent: "a" });
    await engine.runtime.tasks.cancel(task, "changed my mind", "operator:me");
    await engine.pass(0);
    expect(agent.last.signal.reason).toBe("cancelled");
    expect(engine.task(task).state).toBe("cancelled");
    expect(engine.stateOf("a")).toBe("idle");
    expect(engine.told("task.cancelled")).toMatchObject([{ data: { by: "operator:me", reason: "changed my mind" } }]);
  });

  it("cancels one that is queued, and one that waits for its next attempt, without their ever running", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy: patient });
    const failing = await engine.submit({ agent: "a" });
    const queued = await engine.submit({ agent: "a", priority: "P3" });
    agent.last.fail("no");
    for (const id of [failing, queued]) await engine.runtime.tasks.cancel(id, "no", "operator:me").catch(() => {});
    await engine.pass(0);
    await engine.pass(600_000);
    expect(agent.calls.map(({ taskId }) => taskId)).not.toContain(queued);
    expect([engine.task(failing).state, engine.task(queued).state]).toEqual(["cancelled", "cancelled"]);
  });

  it("never runs a queued task whose cancelling crossed its agent's return", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    await engine.runtime.agents.command("a", "drain", "a moment", "operator:me");
    const queued = await engine.submit({ agent: "a" });
    // Both reach the journal before anything that follows from either.
    await Promise.all([
      engine.runtime.tasks.cancel(queued, "no", "operator:me"),
      engine.runtime.agents.command("a", "start", "back", "operator:me"),
    ]);
    await engine.pass(0);
    expect(engine.task(queued).state).toBe("cancelled");
    expect(agent.calls).toEqual([]);
  });

  it("does not try again what was cancelled while it failed by itself", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy: patient });
    const task = await engine.submit({ agent: "a" });
    agent.last.fail("no");
    await engine.runtime.tasks.cancel(task, "enough", "operator:me");
    await engine.pass(600_000);
    expect(agent.calls).toHaveLength(1);
    expect(engine.task(task).state).toBe("cancelled");
  });

  it("keeps a cancelling that a crash overtook, at whatever point it came", async () => {
    const engine = await VirtualEngine.open();
    await engine.agent("a");
    const task = await engine.submit({ agent: "a" });
    await engine.runtime.tasks.cancel(task, "enough", "operator:me");
    await engine.pass(0);
    const from = engine.told("task.cancel_requested")[0]?.sequence ?? 0;
    for (let after = from; after <= engine.events.length; after++) {
      const again = await engine.reopened({ after });
      await again.pass(600_000);
      expect([after, again.task(task).state]).toEqual([after, "cancelled"]);
      expect(again.told("task.started")).toHaveLength(1);
      expect(again.stateOf("a")).toBe("idle");
    }
  });

  it("refuses to cancel what has ended, and leaves it as it ended", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const task = await engine.submit({ agent: "a" });
    agent.last.done(1);
    await engine.pass(0);
    await expect(engine.runtime.tasks.cancel(task, "too late", "operator:me")).rejects.toMatchObject({
      code: "conflict",
    });
    expect(engine.task(task).state).toBe("succeeded");
  });
});
