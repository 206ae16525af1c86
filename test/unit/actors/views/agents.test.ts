import { describe, expect, it } from "vitest";
import { AgentsView, successOf } from "../../../../src/actors/views/agents.ts";
import { facts, Story } from "../../../support/story.ts";

const identity = { pid: 7, startTime: "1", bootId: "b", ownerToken: "o" };

function open() {
  const story = new Story(1_000);
  const view = new AgentsView();
  const tell: Story["tell"] = (type, data) => {
    const event = story.tell(type, data);
    view.apply(event);
    return event;
  };
  tell("agent.registered", facts.agent());
  const agent = () => {
    const row = view.get("coder");
    if (row === undefined) throw new Error("the agent is not there");
    return row;
  };
  return { story, view, tell, agent };
}

describe("the agents view", () => {
  it("says that nothing is known of a new agent's success", () => {
    const { agent } = open();
    expect(agent()).toMatchObject({ state: "idle", breaker: "closed", accepting: "yes", configVersion: 1 });
    expect(successOf(agent())).toEqual({ value: null, n: 0, why: "no task has ended yet" });
  });

  it("finds agents by what they are capable of as they were registered last, in the order of registration", () => {
    const { tell, view } = open();
    const { agent, ...rest } = facts.agent();
    const register = (id: string, ...capabilities: string[]) =>
      tell("agent.registered", { ...rest, agent: { ...agent, id, capabilities } });
    register("b", "review");
    register("a", "review", "write", "review");
    register("c");
    expect([view.capableOf("review"), view.capableOf("write")]).toEqual([["b", "a"], ["a"]]);
    register("b", "write");
    expect([view.capableOf("review"), view.capableOf("write")]).toEqual([["a"], ["b", "a"]]);
    expect([view.capableOf(undefined), view.capableOf("sing")]).toEqual([expect.arrayContaining(["c"]), []]);
  });

  it("counts a task once, by its last end", () => {
    const { tell, agent } = open();
    tell("task.started", facts.started("a"));
    tell("task.attempt_failed", facts.attemptFailed("a"));
    tell("task.failed", facts.failed("a"));
    tell("task.succeeded", facts.succeeded("b"));
    expect(successOf(agent())).toEqual({ value: 0.5, n: 2 });
    tell("task.retried", facts.retried("a"));
    tell("task.started", facts.started("a", 2));
    expect(agent().running).toEqual(["a"]);
    tell("task.succeeded", facts.succeeded("a", 2));
    expect(successOf(agent())).toEqual({ value: 1, n: 2 });
    expect(agent()).toMatchObject({ attemptsFailed: 1, running: [], lastFailures: [{ task: "a", attempt: 1 }] });
  });

  it("charges a cancelled task to the agent that worked on it", () => {
    const { tell, agent } = open();
    tell("task.started", facts.started("a"));
    tell("task.cancelled", { taskId: "a", by: "me", reason: "" });
    tell("task.cancelled", { taskId: "never-started", by: "me", reason: "" });
    expect(agent().tasks).toEqual({ succeeded: 0, failed: 0, cancelled: 1 });
  });

  it("keeps every configuration version and says which one holds", () => {
    const { tell, agent } = open();
    const base = { agentId: "coder", by: "run/1", runId: "1" };
    tell("agent.configured", { ...base, version: 2, config: { path: "b" }, configHash: "hash-2" });
    tell("agent.configured", {
      ...base,
      version: 3,
      config: { command: ["coder"] },
      configHash: "hash-1",
      restores: 1,
    });
    expect(agent()).toMatchObject({ configVersion: 3, configHash: "hash-1", spec: { config: { command: ["coder"] } } });
    expect(agent().versions.map(({ version, current }) => [version, current])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    expect(agent().versions.at(-1)).toMatchObject({ restores: 1, run: "1" });
  });

  it("does not make a version of a registration that changes no configuration", () => {
    const { tell, agent } = open();
    tell("agent.registered", facts.agent("coder", { concurrency: 3 }));
    expect(agent()).toMatchObject({ configVersion: 1, spec: { concurrency: 3 } });
    expect(agent().versions).toHaveLength(1);
  });

  it("follows state, breaker, intake and processes, and forgets processes with their engine", () => {
    const { story, tell, agent } = open();
    tell("agent.process_started", { agentId: "coder", process: identity, taskId: "a" });
    tell("agent.process_started", { agentId: "coder", process: { ...identity, pid: 8 } });
    tell("agent.process_exited", {
      agentId: "coder",
      pid: 7,
      startTime: "1",
      exitCode: 0,
      signal: null,
      expected: true,
    });
    expect(agent().processes.map(({ pid }) => pid)).toEqual([8]);
    story.wait(500);
    tell("agent.state_changed", {
      agentId: "coder",
      from: "running",
      to: "degraded",
      breaker: "open",
      reason: "3 failures",
    });
    tell("agent.degraded", { agentId: "coder", failures: 3, untilMs: 9, reason: "3 failures" });
    tell("agent.drained", { agentId: "coder", by: "me", reason: "" });
    expect(agent()).toMatchObject({
      state: "degraded",
      breaker: "open",
      sinceMs: 1_500,
      accepting: "drained",
      degradedUntilMs: 9,
    });
    tell("agent.resumed", { agentId: "coder", by: "me", reason: "" });
    tell("engine.started", { version: "0", node: "n", pid: 1, previous: "crashed" });
    expect(agent()).toMatchObject({ accepting: "yes", processes: [] });
  });
});
