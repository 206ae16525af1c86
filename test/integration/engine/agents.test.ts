import { describe, expect, it } from "vitest";
import type { Puppet } from "../../support/puppet.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const policy = { failureThreshold: 3, cooldownMs: 60_000, openMs: 300_000, archiveAfterProbes: 2 };
const once = { agent: "a", retries: 0 };

/** Gives it one more task and lets that fail. */
async function fail(engine: VirtualEngine, agent: Puppet): Promise<void> {
  await engine.submit(once);
  agent.last.fail("no");
  await engine.pass(0);
}

/** An engine whose agent failed three times in a row, each time after its cooldown. */
async function degraded(): Promise<{ engine: VirtualEngine; agent: Puppet }> {
  const engine = await VirtualEngine.open();
  const agent = await engine.agent("a", { policy });
  for (let n = 0; n < 3; n++) {
    await fail(engine, agent);
    await engine.pass(n < 2 ? policy.cooldownMs : 0);
  }
  return { engine, agent };
}

describe("an agent's breaker", () => {
  it("blocks the agent after a failure until its cooldown has passed", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy });
    await fail(engine, agent);
    const next = await engine.submit(once);
    expect(engine.stateOf("a")).toBe("blocked");
    expect(engine.task(next)).toMatchObject({ state: "queued", waitingFor: "no agent is free" });
    await engine.pass(policy.cooldownMs - 1);
    expect(agent.calls).toHaveLength(1);
    await engine.pass(1);
    expect(agent.calls).toHaveLength(2);
    expect(engine.stateOf("a")).toBe("running");
  });

  it("forgets failures with a success", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy });
    for (const good of [false, false, true, false, false]) {
      await engine.submit(once);
      if (good) agent.last.done();
      else agent.last.fail("no");
      await engine.pass(policy.cooldownMs);
    }
    expect(engine.stateOf("a")).toBe("idle");
    expect(engine.told("agent.degraded")).toEqual([]);
  });

  it("opens at the third failure in a row, which degrades the agent and tells a person", async () => {
    const { engine } = await degraded();
    expect(engine.stateOf("a")).toBe("degraded, open");
    expect(engine.told("agent.degraded")).toMatchObject([{ data: { failures: 3 } }]);
    expect(engine.runtime.views.incidents.list()).toMatchObject([
      { state: "open", target: { kind: "agent", id: "a" }, needsPerson: false },
    ]);
    const waiting = await engine.submit(once);
    expect(engine.task(waiting).state).toBe("queued");
  });

  it("lets one probe through when its time is over, and closes when that succeeds", async () => {
    const { engine, agent } = await degraded();
    await engine.runtime.agents.register(
      { id: "a", kind: "function", config: {}, policy, concurrency: 5 },
      "operator:me",
    );
    for (let n = 0; n < 3; n++) await engine.submit(once);
    await engine.pass(policy.openMs);
    expect(agent.working.size).toBe(1);
    expect(engine.told("task.started").at(-1)?.data.probe).toBe(true);
    agent.last.done();
    await engine.pass(0);
    expect(agent.working.size).toBe(2);
    expect(engine.stateOf("a")).toBe("running");
    expect(engine.runtime.views.incidents.list()).toMatchObject([{ state: "resolved" }]);
  });

  it("opens again when the probe fails, and archives the agent after as many failed probes as allowed", async () => {
    const { engine, agent } = await degraded();
    for (const after of ["degraded, open", "archived, open"]) {
      await engine.pass(policy.openMs);
      expect(engine.stateOf("a")).toBe("idle, half_open");
      await fail(engine, agent);
      expect(engine.stateOf("a")).toBe(after);
    }
    expect(engine.told("agent.archived")).toMatchObject([{ data: { by: "engine", reason: "2 probes failed" } }]);
    expect(engine.runtime.agents.get("a").accepting).toBe("archived");
    await expect(engine.submit(once)).rejects.toMatchObject({ code: "conflict" });
    expect(engine.runtime.views.incidents.list().some(({ needsPerson }) => needsPerson)).toBe(true);
  });

  it("counts neither what a person cancelled nor what stopping the agent interrupted", async () => {
    const engine = await VirtualEngine.open();
    await engine.agent("a", { policy: { ...policy, failureThreshold: 1 } });
    const cancelled = await engine.submit(once);
    await engine.runtime.tasks.cancel(cancelled, "no", "operator:me");
    await engine.pass(0);
    const interrupted = await engine.submit(once);
    await engine.runtime.agents.command("a", "stop", "maintenance", "operator:me");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("idle");
    expect(engine.task(interrupted)).toMatchObject({ state: "queued", error: { reason: "interrupted" } });
  });

  it("stays as it is while others of the agent's tasks still run", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy, concurrency: 3 });
    for (let n = 0; n < 3; n++) await engine.submit(once);
    const [first, second, third] = agent.calls;
    first?.done();
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("running");
    await engine.runtime.tasks.cancel(second?.taskId ?? "", "no", "operator:me");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("running");
    third?.done();
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("idle");
  });

  it("opens by tasks that were under way together, and hears how the others end", async () => {
    const engine = await VirtualEngine.open({ config: { tasks: { maxConcurrent: 9 } } });
    const agent = await engine.agent("a", { policy, concurrency: 6 });
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await engine.submit(once));
    const [one, two, three, four, five] = agent.calls;
    one?.fail("no");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("blocked");
    two?.fail("no");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("blocked");
    three?.fail("no");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("degraded, open");
    four?.fail("no");
    five?.done();
    await engine.runtime.tasks.cancel(ids[5] ?? "", "no", "operator:me");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("degraded, open");
    await engine.pass(policy.openMs);
    expect(engine.stateOf("a")).toBe("idle, half_open");
  });

  it("goes back to work after its cooldown while another of its tasks still runs", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy, concurrency: 2 });
    await engine.submit(once);
    await engine.submit(once);
    agent.calls[0]?.fail("no");
    await engine.pass(policy.cooldownMs);
    expect(engine.stateOf("a")).toBe("running");
    agent.calls[1]?.done();
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("idle");
  });
});

describe("an order about an agent", () => {
  it("drains it: what runs finishes, nothing new begins until it is started", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const running = await engine.submit(once);
    await engine.runtime.agents.command("a", "drain", "maintenance", "operator:me");
    await engine.submit(once);
    agent.last.done();
    await engine.pass(0);
    expect(engine.task(running).state).toBe("succeeded");
    expect(engine.runtime.agents.get("a").accepting).toBe("drained");
    expect(agent.calls).toHaveLength(1);
    await engine.runtime.agents.command("a", "start", "done", "operator:me");
    await engine.pass(0);
    expect(engine.runtime.agents.get("a").accepting).toBe("yes");
    expect(agent.calls).toHaveLength(2);
  });

  it("stops it: what runs is interrupted and tried again once it is started", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const task = await engine.submit(once);
    await engine.runtime.agents.command("a", "stop", "maintenance", "operator:me");
    await engine.pass(600_000);
    expect(engine.runtime.agents.get("a").accepting).toBe("stopped");
    expect(agent.calls).toHaveLength(1);
    await engine.runtime.agents.command("a", "start", "done", "operator:me");
    await engine.pass(0);
    agent.last.done("second time");
    await engine.pass(0);
    expect(engine.task(task)).toMatchObject({ state: "succeeded", output: "second time" });
  });

  it("resets a degraded one to idle with its breaker closed and its count at nothing", async () => {
    const { engine, agent } = await degraded();
    await engine.runtime.agents.command("a", "reset", "mended", "operator:me");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("idle");
    for (let n = 0; n < 2; n++) {
      await fail(engine, agent);
      await engine.pass(policy.cooldownMs);
    }
    expect(engine.stateOf("a")).toBe("idle");
  });

  it("resets one that still works to running", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy, concurrency: 2 });
    await engine.submit(once);
    await engine.submit(once);
    agent.calls[0]?.fail("no");
    await engine.pass(0);
    await engine.runtime.agents.command("a", "reset", "mended", "operator:me");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("running");
  });

  it("archives it from any state until it is reset, and ends what runs", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { concurrency: 3 });
    const task = await engine.submit(once);
    await engine.runtime.agents.command("a", "archive", "not needed", "operator:me");
    await engine.pass(600_000);
    expect(agent.working.size).toBe(0);
    expect(engine.stateOf("a")).toBe("archived");
    await expect(engine.submit(once)).rejects.toMatchObject({ code: "conflict" });
    await engine.runtime.agents.command("a", "reset", "needed again", "operator:me");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("running");
    expect(engine.runtime.agents.get("a").accepting).toBe("yes");
    agent.last.done();
    await engine.pass(0);
    expect(engine.task(task).state).toBe("succeeded");
  });

  it("is refused for an agent that nobody knows", async () => {
    const engine = await VirtualEngine.open();
    await expect(engine.runtime.agents.command("nobody", "reset", "", "operator:me")).rejects.toMatchObject({
      code: "agent.unknown",
    });
  });
});

describe("an agent's configuration", () => {
  it("has a version for each change, and none for registering the same again", async () => {
    const engine = await VirtualEngine.open();
    const { agents } = engine.runtime;
    const registered = { id: "p", kind: "process", config: { command: ["true"] } };
    await agents.register(registered, "operator:me");
    await agents.register(registered, "operator:me");
    await agents.configure("p", { command: ["true", "again"] }, { by: "operator:me" });
    await agents.register({ ...registered, config: { command: ["false"] } }, "operator:you");
    const { versions, configVersion, spec } = agents.get("p");
    expect(versions.map(({ version, config, by, current }) => ({ version, config, by, current }))).toEqual([
      { version: 1, config: { command: ["true"] }, by: "operator:me", current: false },
      { version: 2, config: { command: ["true", "again"] }, by: "operator:me", current: false },
      { version: 3, config: { command: ["false"] }, by: "operator:you", current: true },
    ]);
    expect([configVersion, spec.config]).toEqual([3, { command: ["false"] }]);
  });

  it("is refused with one fault for each mistake, and the version before stays", async () => {
    const engine = await VirtualEngine.open();
    const { agents } = engine.runtime;
    await agents.register({ id: "p", kind: "process", config: { command: ["true"] } }, "operator:me");
    await expect(agents.configure("p", { command: [], mod: "resident" }, { by: "me" })).rejects.toMatchObject({
      code: "agent.invalid",
      faults: expect.arrayContaining([expect.objectContaining({ path: expect.stringContaining("mod") as string })]),
    });
    expect(agents.get("p").configVersion).toBe(1);
  });

  it.each(["../../elsewhere", "a/b", "", ".", "a b", "a".repeat(129)])("is refused for the id %j", async (id) => {
    const engine = await VirtualEngine.open();
    await expect(engine.agent(id)).rejects.toMatchObject({ code: "agent.invalid", faults: [{ path: "id" }] });
    expect(engine.told("agent.registered")).toEqual([]);
  });

  it("has one version for each change also when two come at once, and the last of them holds", async () => {
    const engine = await VirtualEngine.open();
    const { agents } = engine.runtime;
    await agents.register({ id: "p", kind: "process", config: { command: ["one"] } }, "operator:me");
    const versions = await Promise.all([
      agents.configure("p", { command: ["two"] }, { by: "operator:me" }),
      agents.configure("p", { command: ["three"] }, { by: "operator:you" }),
      agents.register({ id: "p", kind: "process", config: { command: ["four"] } }, "operator:me"),
    ]);
    expect(versions.slice(0, 2)).toMatchObject([{ version: 2 }, { version: 3 }]);
    const { configVersion, spec, versions: kept } = agents.get("p");
    expect([configVersion, spec.config, kept.length]).toEqual([4, { command: ["four"] }, 4]);
  });

  it("takes its agent's new limits without forgetting its failures", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy });
    await fail(engine, agent);
    await engine.runtime.agents.register(
      { id: "a", kind: "function", config: {}, policy: { ...policy, failureThreshold: 2 } },
      "operator:me",
    );
    await engine.pass(policy.cooldownMs);
    await fail(engine, agent);
    expect(engine.stateOf("a")).toBe("degraded, open");
  });
});
