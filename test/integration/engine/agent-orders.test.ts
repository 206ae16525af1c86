import { describe, expect, it } from "vitest";
import { approvalsDoor } from "../../../src/runtime/doors/approvals-door.ts";
import { healthOf } from "../../support/playbooks.ts";
import type { Puppet } from "../../support/puppet.ts";
import { VirtualEngine, type VirtualOptions } from "../../support/virtual-engine.ts";

const troubled = { type: "build.troubled", data: { agentId: "a" } } as const;
const MINUTE_MS = 60_000;

/** Answers trouble with an agent by one action on it; an upstream's health tells whether that helped. */
const answering = (action: object) => ({
  id: "answer",
  trigger: { event_type: "build.troubled" },
  target: { kind: "agent", id: { $ref: "event.data.agentId" } },
  actions: [action],
  validation: { check: "http_ok", params: { url: "http://upstream/health" }, settleMs: 1_000, probes: 1, required: 1 },
  grants: ["agent.control:*", "agent.configure:*", "agent.run:*", "process.signal:own"],
  tests: [{ event: troubled, expect: "match" }],
});

async function open(
  action: object,
  healthy: boolean,
  options: VirtualOptions = {},
): Promise<{ readonly engine: VirtualEngine; readonly agent: Puppet }> {
  const engine = await VirtualEngine.open({ ...options, playbooks: [answering(action)] });
  healthOf(engine.world, healthy ? 200 : 503);
  const agent = await engine.agent("a", { concurrency: 3 });
  return { engine, agent };
}

const outcomeOf = (engine: VirtualEngine) =>
  engine.told("playbook.settled").map(({ data }) => [data.outcome, data.rollback]);
const target = { $ref: "event.data.agentId" };

describe("an agent that a playbook", () => {
  it("pauses takes no task until its time has passed, then takes them by itself", async () => {
    const { engine, agent } = await open({ type: "pause_agent", target, params: { forMs: 10 * MINUTE_MS } }, true);
    await engine.publish(troubled);
    const task = await engine.submit({ agent: "a" });
    await engine.pass(10 * MINUTE_MS - 1);
    expect(outcomeOf(engine)).toEqual([["fixed", "none"]]);
    expect(engine.task(task)).toMatchObject({ state: "queued", waitingFor: "no agent is free" });
    await engine.pass(1);
    expect(agent.calls).toHaveLength(1);
    expect(engine.told("agent.resumed")).toMatchObject([{ data: { by: "engine", reason: "its pause is over" } }]);
  });

  it("pauses resumes at the same moment when the engine was killed meanwhile", async () => {
    const { engine } = await open({ type: "pause_agent", target, params: { forMs: 10 * MINUTE_MS } }, true);
    await engine.publish(troubled);
    await engine.pass(MINUTE_MS);
    const again = await engine.reopened();
    const task = await again.submit({ agent: "a" });
    await again.pass(9 * MINUTE_MS - 1);
    expect(again.task(task).state).toBe("queued");
    await again.pass(1);
    expect(again.task(task).state).toBe("running");
  });

  it("pauses in vain takes tasks again with the rollback", async () => {
    const { engine, agent } = await open({ type: "pause_agent", target }, false);
    await engine.publish(troubled);
    await engine.submit({ agent: "a" });
    expect(agent.calls).toHaveLength(0);
    await engine.pass(MINUTE_MS);
    expect(outcomeOf(engine)).toEqual([["not_fixed", "rolled_back"]]);
    expect(agent.calls).toHaveLength(1);
  });

  it("gives fewer tasks at once is given no more than that, and as many as before after a rollback", async () => {
    const { engine, agent } = await open({ type: "set_concurrency", target, params: { concurrency: 1 } }, false);
    await engine.publish(troubled);
    for (let n = 0; n < 3; n++) await engine.submit({ agent: "a" });
    expect(agent.calls).toHaveLength(1);
    await engine.pass(MINUTE_MS);
    expect(outcomeOf(engine)).toEqual([["not_fixed", "rolled_back"]]);
    expect(agent.calls).toHaveLength(3);
    expect(engine.runtime.agents.get("a").spec.concurrency).toBe(3);
  });

  it("drains is waited for, and what it worked on has ended undisturbed", async () => {
    const { engine, agent } = await open({ type: "drain_agent", target }, true);
    const task = await engine.submit({ agent: "a" });
    await engine.publish(troubled);
    await engine.pass(MINUTE_MS);
    expect(engine.told("run.step_completed")).toEqual([]);
    agent.last.done();
    await engine.pass(MINUTE_MS);
    expect(engine.task(task).state).toBe("succeeded");
    expect(outcomeOf(engine)).toEqual([["fixed", "none"]]);
    expect(engine.runtime.agents.get("a").accepting).toBe("drained");
  });

  it("quarantines works on nothing any more and gets nothing new", async () => {
    const { engine, agent } = await open({ type: "quarantine", target, params: { graceMs: 0 } }, true);
    const task = await engine.submit({ agent: "a", onInterrupt: "fail" });
    await engine.publish(troubled);
    await engine.pass(MINUTE_MS);
    expect(engine.task(task)).toMatchObject({ state: "dead", error: { reason: "interrupted" } });
    await engine.submit({ agent: "a" });
    expect(agent.calls).toHaveLength(1);
    expect(outcomeOf(engine)).toEqual([["fixed", "none"]]);
  });

  it("asks another for help needs a person's word, and is as good as that help", async () => {
    for (const [helps, ok] of [
      [true, true],
      [false, false],
    ] as const) {
      const help = { type: "run_agent", target: "helper", params: { input: { $ref: "event.data" } } };
      const { engine } = await open(help, true);
      const helper = await engine.agent("helper");
      await engine.publish(troubled);
      expect(helper.calls).toHaveLength(0);
      const [waiting] = engine.runtime.views.approvals.list();
      await approvalsDoor(engine.runtime).decide(waiting?.id ?? "", "approved", {}, { role: "operator", id: "me" });
      await engine.pass(0);
      expect(helper.last.input).toEqual({ agentId: "a" });
      if (helps) helper.last.done();
      else helper.last.fail("cannot", { retryable: false });
      await engine.pass(MINUTE_MS);
      expect(engine.told("run.step_completed")).toMatchObject([{ data: { ok } }]);
      expect(engine.told("task.submitted")).toMatchObject([
        { principal: "reactor", causationid: expect.any(String) as string },
      ]);
    }
  });
});
