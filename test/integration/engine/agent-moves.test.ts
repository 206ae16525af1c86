import { describe, expect, it } from "vitest";
import type { Puppet } from "../../support/puppet.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

/** What an agent's machine must not lose count of while several of its tasks end in whatever order. */

const COOLDOWN_MS = 60_000;
const OPEN_MS = 300_000;
const policy = { failureThreshold: 2, cooldownMs: COOLDOWN_MS, openMs: OPEN_MS, archiveAfterProbes: 1 };
const once = { agent: "a", retries: 0, timeoutMs: 86_400_000 };

/** Answers an event of one's own by trying a task again as its agent's probe. */
const retrying = {
  id: "retry",
  trigger: { event_type: "build.mended" },
  target: { kind: "agent", id: "a" },
  actions: [{ type: "retry_task", target: { $ref: "event.data.taskId" }, params: { probe: true } }],
  validation: {
    check: "task_succeeded",
    params: { target: { $ref: "event.data.taskId" } },
    settleMs: 1_000,
    intervalMs: 1_000,
    probes: 100,
    required: 1,
    timeoutMs: 3_600_000,
  },
  grants: ["task.retry:own"],
  tests: [{ event: { type: "build.mended" }, expect: "match" }],
};

/** An engine whose agent works on so many tasks at once. */
async function working(
  count: number,
  more: object = {},
): Promise<{ engine: VirtualEngine; agent: Puppet; ids: string[] }> {
  const engine = await VirtualEngine.open({ playbooks: [retrying], config: { tasks: { maxConcurrent: 9 } } });
  const agent = await engine.agent("a", { policy, concurrency: 9, ...more });
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await engine.submit(once));
  return { engine, agent, ids };
}

async function fail(engine: VirtualEngine, agent: Puppet, ...calls: readonly number[]): Promise<void> {
  for (const n of calls) {
    agent.calls[n]?.fail("no");
    await engine.pass(0);
  }
}

async function order(engine: VirtualEngine, what: "drain" | "start" | "reset" | "archive" | "stop"): Promise<void> {
  await engine.runtime.agents.command("a", what, "the test asked", "operator:me");
  await engine.pass(0);
}

const cancel = (engine: VirtualEngine, id = "") => engine.runtime.tasks.cancel(id, "no", "operator:me");
const mended = (engine: VirtualEngine, taskId = "") => engine.publish({ type: "build.mended", data: { taskId } });

describe("an agent that is blocked while others of its tasks run", () => {
  it("is idle after its cooldown when they have ended meanwhile, well or cancelled", async () => {
    for (const end of ["well", "cancelled"]) {
      const { engine, agent, ids } = await working(2);
      await fail(engine, agent, 0);
      if (end === "well") agent.calls[1]?.done();
      else await cancel(engine, ids[1]);
      await engine.pass(0);
      expect(engine.stateOf("a")).toBe("blocked");
      await engine.pass(COOLDOWN_MS);
      expect([end, engine.stateOf("a")]).toEqual([end, "idle"]);
    }
  });

  it("counts a task that was given to it just before it failed", async () => {
    const { engine, agent } = await working(1);
    const release = engine.delay("task.started");
    await engine.submit(once);
    await fail(engine, agent, 0);
    await release();
    expect(engine.stateOf("a")).toBe("blocked");
    await engine.pass(COOLDOWN_MS);
    expect(engine.stateOf("a")).toBe("running");
    agent.last.done();
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("idle");
  });

  it("takes a probe that a remedy asks for at once, idle or still at work on another task", async () => {
    const alone = await working(1);
    await fail(alone.engine, alone.agent, 0);
    await mended(alone.engine, alone.ids[0]);
    expect(alone.agent.calls).toHaveLength(2);
    expect(alone.engine.stateOf("a")).toBe("running");
    expect(alone.engine.told("agent.state_changed").map(({ data }) => data.to)).toContain("idle");

    const busy = await working(2);
    await fail(busy.engine, busy.agent, 0);
    await mended(busy.engine, busy.ids[0]);
    expect(busy.agent.calls).toHaveLength(3);
    const moves = busy.engine.told("agent.state_changed").map(({ data }) => `${data.from} ${data.to}`);
    expect(moves).toEqual(["idle running", "running blocked", "blocked running"]);
    busy.agent.calls[2]?.done();
    await busy.engine.pass(0);
    expect(busy.engine.stateOf("a")).toBe("running");
    busy.agent.calls[1]?.done();
    await busy.engine.pass(0);
    expect(busy.engine.stateOf("a")).toBe("idle");
  });
});

describe("an agent that is degraded while others of its tasks run", () => {
  it("is at work with a half-open breaker when its time is over, until they have ended", async () => {
    const { engine, agent } = await working(3);
    await fail(engine, agent, 0, 1);
    expect(engine.stateOf("a")).toBe("degraded, open");
    await engine.pass(OPEN_MS);
    expect(engine.stateOf("a")).toBe("running, half_open");
    agent.calls[2]?.done();
    await engine.pass(0);
    // What began before the breaker opened proves nothing: the probe is still to come.
    expect(engine.stateOf("a")).toBe("idle, half_open");
  });

  it("counts a task that was given to it just before it failed", async () => {
    const { engine, agent } = await working(2);
    const release = engine.delay("task.started");
    await engine.submit(once);
    await fail(engine, agent, 0, 1);
    await release();
    await engine.pass(OPEN_MS);
    expect(engine.stateOf("a")).toBe("running, half_open");
  });

  it("takes a probe that a remedy asks for before its time, which closes it", async () => {
    const alone = await working(2);
    await fail(alone.engine, alone.agent, 0, 1);
    await mended(alone.engine, alone.ids[1]);
    expect(alone.engine.stateOf("a")).toBe("running, half_open");
    expect(alone.engine.told("task.started").at(-1)?.data.probe).toBe(true);
    alone.agent.last.done();
    await alone.engine.pass(0);
    expect(alone.engine.stateOf("a")).toBe("idle");

    const busy = await working(3);
    await fail(busy.engine, busy.agent, 0, 1);
    await mended(busy.engine, busy.ids[1]);
    const moves = busy.engine.told("agent.state_changed").map(({ data }) => `${data.from} ${data.to}`);
    expect(moves).toEqual(["idle running", "running blocked", "blocked degraded", "degraded running"]);
    // One probe, and nothing beside it: it waits for what began before.
    expect(busy.agent.calls).toHaveLength(3);
    busy.agent.calls[2]?.done();
    await busy.engine.pass(0);
    expect(busy.engine.stateOf("a")).toBe("running, half_open");
    busy.agent.last.done();
    await busy.engine.pass(0);
    expect(busy.engine.stateOf("a")).toBe("idle");
  });

  it("is blocked, and not degraded once more, by something older that fails while the probe is still to come", async () => {
    const { engine, agent } = await working(3);
    await fail(engine, agent, 0, 1);
    await engine.pass(OPEN_MS);
    await fail(engine, agent, 2);
    expect(engine.stateOf("a")).toBe("blocked, half_open");
    await engine.pass(COOLDOWN_MS);
    expect(engine.stateOf("a")).toBe("idle, half_open");
  });
});

describe("an agent that is archived while tasks of its run", () => {
  it("is at work when it is reset before they have ended", async () => {
    const { engine } = await working(2);
    await Promise.all([order(engine, "archive"), engine.runtime.agents.command("a", "reset", "no", "operator:me")]);
    const moves = engine.told("agent.state_changed").map(({ data }) => `${data.from} ${data.to}`);
    expect(moves).toContain("archived running");
  });

  it("is idle when it is reset after they have ended, however they did", async () => {
    for (const end of ["well", "interrupted", "cancelled"]) {
      const { engine, agent, ids } = await working(1);
      await order(engine, "drain");
      const archiving = engine.runtime.agents.command("a", "archive", "enough", "operator:me");
      if (end === "well") agent.last.done();
      if (end === "cancelled") await cancel(engine, ids[0]);
      await archiving;
      await engine.pass(0);
      const ends = { well: "succeeded", interrupted: "queued", cancelled: "cancelled" };
      expect(engine.task(ids[0] ?? "").state).toBe(ends[end as keyof typeof ends]);
      await order(engine, "reset");
      expect([end, engine.stateOf("a")]).toEqual([end, "idle"]);
    }
  });

  it("counts a task that was given to it just before", async () => {
    const { engine } = await working(0);
    const release = engine.delay("task.started");
    await engine.submit(once);
    await order(engine, "archive");
    await release();
    await order(engine, "reset");
    expect(engine.stateOf("a")).toBe("running");
  });
});

describe("an agent whose orders cross", () => {
  it("stays stopped when it was started while it was being stopped, as the journal says last", async () => {
    const { engine, agent } = await working(0);
    const { agents } = engine.runtime;
    await Promise.all([
      agents.command("a", "stop", "enough", "operator:me"),
      agents.command("a", "start", "go on", "operator:you"),
    ]);
    await engine.pass(0);
    expect(agents.get("a").accepting).toBe("stopped");
    await engine.submit(once);
    expect(agent.calls).toEqual([]);
  });
});

describe("an agent whose engine was killed while it worked on several tasks", () => {
  it("is idle when those that are not tried again are settled", async () => {
    const { engine, agent } = await working(0);
    for (const onInterrupt of ["retry", "fail"] as const) await engine.submit({ ...once, onInterrupt });
    const again = await engine.reopened();
    expect(again.stateOf("a")).toBe("running");
    agent.last.done();
    await again.pass(0);
    expect(again.stateOf("a")).toBe("idle");
  });
});
