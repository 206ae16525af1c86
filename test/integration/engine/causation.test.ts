import { describe, expect, it } from "vitest";
import { eventsDoor } from "../../../src/runtime/doors/events-door.ts";
import type { Puppet } from "../../support/puppet.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const policy = { failureThreshold: 99, cooldownMs: 1_000, openMs: 1_000, archiveAfterProbes: 99 };

/** Tries the failed task again, which never helps: the shape of every loop. */
const again = {
  id: "again",
  trigger: { event_type: "failure.observed" },
  target: { kind: "agent", id: { $ref: "event.data.agentId" } },
  actions: [{ type: "retry_task", target: { $ref: "event.data.taskId" } }],
  validation: {
    check: "task_succeeded",
    params: { target: { $ref: "event.data.taskId" } },
    settleMs: 0,
    probes: 1,
    intervalMs: 10,
    timeoutMs: 10,
  },
  grants: ["task.retry:own"],
  cooldownMs: 0,
  tests: [{ event: { type: "failure.observed" }, expect: "match" }],
};
const limits = { cooldownMs: 0, targetPerHour: 99, targetPerDay: 99, playbookPerHour: 99, breakerFailures: 99 };

async function looping({ loopRuns = 3, maxConcurrent = 3 } = {}) {
  const engine = await VirtualEngine.open({
    playbooks: [again],
    config: { tasks: { maxConcurrent }, reactor: { limits: { ...limits, loopRuns } } },
  });
  const agent = await engine.agent("a", { policy });
  return { engine, agent };
}

/** Fails whatever the agent is given, each after a second, for a while. */
async function failing(engine: VirtualEngine, agent: Puppet, turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await engine.pass(1_000);
    for (const call of agent.working) call.fail("no such thing");
    await engine.pass(0);
  }
}

describe("causation", () => {
  it("ties a task's work to what submitted it, not to whatever made room for it", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const ids = [await engine.submit({ agent: "a" }), await engine.submit({ agent: "a" })];
    for (const _ of ids) {
      agent.last.done();
      await engine.pass(0);
    }
    const roots = engine.told("task.submitted").map(({ correlationid }) => correlationid);
    expect(new Set(roots).size).toBe(2);
    expect(engine.told("task.succeeded").map(({ correlationid }) => correlationid)).toEqual(roots);
    expect(engine.told("task.started").map(({ depth }) => depth)).toEqual([1, 1]);
  });

  it("is kept through backoff and cooldown: what a timer begins follows from what armed it", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy });
    await engine.submit({ agent: "a", retries: 2 });
    await failing(engine, agent);
    const [submitted] = engine.told("task.submitted");
    const roots = engine.told("task.attempt_failed").map(({ correlationid }) => correlationid);
    expect(roots).toEqual(Array(3).fill(submitted?.id));
  });

  it("ties a wake-up to the task that is woken for, also when another one was before it", async () => {
    const engine = await VirtualEngine.open();
    const agents = [await engine.agent("a", { policy }), await engine.agent("b", { policy })];
    for (const id of ["a", "b"]) await engine.submit({ agent: id, retries: 1 });
    for (const agent of agents) agent.last.fail("no");
    await engine.pass(60_000);
    const wakes = engine.told("deadline.fired").filter(({ data }) => data.name === "wake");
    const roots = engine.told("task.submitted").map(({ correlationid }) => correlationid);
    expect(wakes.map(({ correlationid }) => correlationid).sort()).toEqual(roots.sort());
  });

  it("is taken up again after a restart", async () => {
    const first = await VirtualEngine.open();
    const agent = await first.agent("a", { policy });
    await first.submit({ agent: "a", retries: 1 });
    agent.last.fail("no");
    await first.pass(0);
    const engine = await first.reopened();
    await engine.pass(10_000);
    expect(engine.told("task.started").at(-1)?.correlationid).toBe(first.told("task.submitted")[0]?.id);
  });

  it("reaches what an agent says and publishes while it works", async () => {
    const { engine, agent } = await looping();
    await engine.submit({ agent: "a" });
    const [submitted] = engine.told("task.submitted");
    agent.last.report.log("half way");
    await eventsDoor(engine.runtime).publish([{ type: "my.event", data: {}, principal: "agent:a" }]);
    await engine.pass(0);
    expect(engine.told("task.log")[0]?.correlationid).toBe(submitted?.id);
    expect(engine.events.find(({ type }) => type === "my.event")?.correlationid).toBe(submitted?.id);
  });
});

describe("the loop limit", () => {
  it("stops the fourth run of a playbook that follows from one task, however long its timers lie between", async () => {
    const { engine, agent } = await looping();
    await engine.submit({ agent: "a", retries: 0 });
    await failing(engine, agent);
    expect(engine.told("playbook.matched")).toHaveLength(3);
    expect(engine.told("playbook.suppressed").at(-1)).toMatchObject({ data: { reason: "loop_stopped" } });
  });

  it("follows its setting", async () => {
    const { engine, agent } = await looping({ loopRuns: 5 });
    await engine.submit({ agent: "a", retries: 0 });
    await failing(engine, agent, 40);
    expect(engine.told("playbook.matched")).toHaveLength(5);
  });

  it("does not hold one task's troubles against the next in the queue", async () => {
    const { engine } = await looping({ maxConcurrent: 1 });
    const agents: Puppet[] = [];
    for (const id of ["b", "c", "d", "e", "f"]) agents.push(await engine.agent(id, { policy }));
    for (const id of ["b", "c", "d", "e", "f"]) await engine.submit({ agent: id, retries: 0 });
    for (const agent of agents) {
      agent.last.fail("no such thing");
      await engine.pass(0);
    }
    expect(engine.told("playbook.matched")).toHaveLength(5);
    expect(engine.told("playbook.suppressed")).toEqual([]);
  });
});
