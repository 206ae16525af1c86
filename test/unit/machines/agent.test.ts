import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { type AgentEvent, agentMachine } from "../../../src/machines/agent.ts";
import type { Output } from "../../../src/machines/output.ts";
import { heard } from "../../support/heard.ts";
import { unvisited, walk } from "../../support/machine-walk.ts";

const policy = { failureThreshold: 3, cooldownMs: 1_000, openMs: 5_000, archiveAfterProbes: 2 };
const about = { agentId: "a", attempt: 1, key: "t/1" };
const started = (taskId = "t", at = 1_000, probe = false) =>
  heard("task.started", { ...about, taskId, deadlineAtMs: 9_000, configVersion: 1, probe, lessons: [] }, at);
const succeeded = (taskId = "t", at = 1_000) =>
  heard("task.succeeded", { ...about, taskId, durationMs: 1, outputBytes: 2 }, at);
const failed = (taskId = "t", at = 1_000, reason: "error" | "interrupted" = "error") =>
  heard("task.attempt_failed", { ...about, taskId, reason, error: { message: "no" }, durationMs: 1 }, at);
const ordered = { agentId: "a", by: "operator", reason: "asked" };
const spec = {
  id: "t",
  input: null,
  priority: "P2" as const,
  timeoutMs: 1_000,
  retries: 0,
  dependsOn: [],
  onInterrupt: "retry" as const,
  submittedBy: "me",
};
const retried = (probe: boolean) =>
  heard("task.retried", { taskId: "t", by: "reactor", agentId: "a", probe, task: spec, attempts: 1 });

function agent() {
  const outputs: Output[] = [];
  const actor = createActor(agentMachine, { input: { agentId: "a", policy } });
  actor.on("*", (output) => outputs.push(output));
  actor.start();
  const tell = (...events: AgentEvent[]) => {
    for (const event of events) actor.send(event);
  };
  const state = () => actor.getSnapshot().value;
  return { actor, outputs, tell, state, breaker: () => actor.getSnapshot().context.breaker.kind };
}

function fail(times: number, from = 1_000): AgentEvent[] {
  return Array.from({ length: times }, (_, index) => {
    const at = from + index * 2_000;
    return [started("t", at), failed("t", at + 1), { type: "DEADLINE.cooldown", at: at + 1_001 } as const];
  }).flat();
}

describe("the agent machine", () => {
  it("reaches every state and takes every transition it declares", () => {
    const walked = walk(agentMachine, {
      input: { agentId: "a", policy },
      events: [
        started(),
        started("u"),
        started("t", 1_000, true),
        succeeded(),
        succeeded("u"),
        failed(),
        failed("u"),
        failed("t", 1_000, "interrupted"),
        heard("task.cancelled", { taskId: "t", agentId: "a", by: "me", reason: "no more" }),
        retried(true),
        heard("agent.registered", {
          agent: { id: "a", kind: "process", config: null, capabilities: [], concurrency: 1, policy },
          configHash: "x",
          by: "me",
        }),
        heard("agent.reset", ordered),
        heard("agent.archived", ordered),
        heard("agent.drained", ordered),
        heard("agent.stopped", { ...ordered, ended: [] }),
        heard("agent.resumed", ordered),
        { type: "DEADLINE.cooldown", at: 3_000 },
        { type: "DEADLINE.open", at: 9_000 },
        { type: "DEADLINE.resume", at: 9_000 },
      ],
      seen: ({ value, context }) =>
        JSON.stringify([
          value,
          context.breaker.kind,
          Math.min(context.breaker.failures, 3),
          "probes" in context.breaker && Math.min(context.breaker.probes, 3),
          [...context.active].sort(),
          context.accepting,
          context.probe,
        ]),
    });
    expect(unvisited(walked)).toEqual([]);
    expect(walked.untaken).toEqual([]);
    expect(walked.transitions).toBeGreaterThan(25);
  });

  it("takes tasks again by itself when its pause has an end, and only then", () => {
    const { tell, outputs } = agent();
    tell(heard("agent.drained", { ...ordered, untilMs: 9_000 }));
    expect(outputs).toEqual([{ type: "deadline", name: "resume", atMs: 9_000 }]);
    tell({ type: "DEADLINE.resume", at: 9_000 });
    expect(outputs.slice(1)).toMatchObject([{ type: "announce", event: "agent.resumed", data: { agentId: "a" } }]);
  });

  it("waits for a person once it is drained without an end, stopped, or resumed before", () => {
    for (const last of [
      heard("agent.drained", ordered),
      heard("agent.stopped", { ...ordered, ended: [] }),
      heard("agent.resumed", ordered),
    ]) {
      const { tell, outputs } = agent();
      tell(heard("agent.drained", { ...ordered, untilMs: 9_000 }), last);
      expect(outputs.at(-1)).toEqual({ type: "drop_deadline", name: "resume" });
    }
  });

  it("works again once its cooldown has passed", () => {
    const { tell, state, outputs } = agent();
    tell(started(), failed("t", 1_500));
    expect(state()).toBe("blocked");
    expect(outputs).toContainEqual({ type: "deadline", name: "cooldown", atMs: 2_500 });
    tell({ type: "DEADLINE.cooldown", at: 2_500 });
    expect(state()).toBe("idle");
  });

  it("is degraded by the third failure in a row and lets one probe through when the open time is over", () => {
    const { tell, state, breaker, outputs } = agent();
    tell(...fail(2), started("t", 5_000), failed("t", 5_001));
    expect(state()).toBe("degraded");
    expect(outputs).toContainEqual({ type: "deadline", name: "open", atMs: 10_001 });
    expect(outputs.some((output) => output.type === "announce" && output.event === "agent.degraded")).toBe(true);
    tell({ type: "DEADLINE.open", at: 10_001 });
    expect([state(), breaker()]).toEqual(["idle", "half_open"]);
    tell(started("t", 11_000, true), succeeded("t", 11_001));
    expect([state(), breaker()]).toEqual(["idle", "closed"]);
  });

  it("counts failures anew after a reset, so that one more does not open the breaker again", () => {
    const { tell, state } = agent();
    tell(...fail(2), started("t", 5_000), failed("t", 5_001), heard("agent.reset", ordered, 6_000));
    expect(state()).toBe("idle");
    tell(started("t", 7_000), failed("t", 7_001));
    expect(state()).toBe("blocked");
  });

  it("is archived by itself when as many probes failed as are allowed", () => {
    const { tell, state, outputs } = agent();
    tell(...fail(2), started("t", 5_000), failed("t", 5_001));
    for (const at of [11_000, 21_000])
      tell({ type: "DEADLINE.open", at }, started("t", at + 1, true), failed("t", at + 2));
    expect(state()).toBe("archived");
    expect(outputs.some((output) => output.type === "announce" && output.event === "agent.archived")).toBe(true);
  });

  it("does not hold the end of the engine against the agent", () => {
    const { tell, state, breaker } = agent();
    tell(started(), failed("t", 1_001, "interrupted"));
    expect([state(), breaker()]).toEqual(["idle", "closed"]);
  });

  it("lets a remedied task through as the probe of a degraded agent, and no other retry", () => {
    const { tell, state, breaker } = agent();
    tell(...fail(2), started("t", 5_000), failed("t", 5_001), retried(false));
    expect(state()).toBe("degraded");
    tell(retried(true));
    expect([state(), breaker()]).toEqual(["idle", "half_open"]);
  });

  it("lets its probe alone decide: work that began before it opened proves nothing", () => {
    for (const end of [succeeded("old", 12_000), failed("old", 12_000)]) {
      const { tell, breaker } = agent();
      tell(started("old", 900), ...fail(2), started("t", 5_000), failed("t", 5_001));
      tell({ type: "DEADLINE.open", at: 10_001 });
      expect(breaker()).toBe("half_open");
      tell(end);
      expect(breaker()).toBe("half_open");
      tell(started("p", 13_000, true), succeeded("p", 13_001));
      expect(breaker()).toBe("closed");
    }
  });

  it("does not forget what still runs when its open time or its cooldown is over, or a remedy asks for a probe", () => {
    const waits: (readonly AgentEvent[])[] = [
      [...fail(2), started("t", 5_000), failed("t", 5_001), { type: "DEADLINE.open", at: 10_001 }],
      [...fail(2), started("t", 5_000), failed("t", 5_001), retried(true)],
      [started("t"), failed("t"), { type: "DEADLINE.cooldown", at: 3_000 }],
      [started("t"), failed("t"), retried(true)],
    ];
    for (const events of waits) {
      const { tell, state, actor } = agent();
      tell(started("old", 900), ...events);
      expect(state()).toBe("running");
      tell(succeeded("old", 20_000));
      expect(state()).toBe("idle");
      expect(actor.getSnapshot().context.active).toEqual([]);
    }
  });

  it("is asked whether it takes tasks: not once drained or stopped, again once resumed", () => {
    for (const refusal of ["agent.drained", "agent.stopped"] as const) {
      const { tell, actor } = agent();
      expect(actor.getSnapshot().context.accepting).toBe(true);
      tell(heard(refusal, ordered));
      expect(actor.getSnapshot().context).toMatchObject({ accepting: false, why: "asked" });
      tell(heard("agent.resumed", ordered));
      expect(actor.getSnapshot().context.accepting).toBe(true);
    }
  });

  it("keeps to the policy of its newest configuration", () => {
    const { tell, state, outputs } = agent();
    const configured = {
      id: "a",
      kind: "process",
      config: {},
      capabilities: [],
      concurrency: 1,
      policy: { ...policy, failureThreshold: 1, openMs: 7_000 },
    };
    tell(heard("agent.registered", { agent: configured, configHash: "h", by: "me" }));
    tell(started(), failed("t", 2_000));
    expect(state()).toBe("degraded");
    expect(outputs).toContainEqual({ type: "deadline", name: "open", atMs: 9_000 });
  });

  it("forgets its probe when that has ended, and not when something else has", () => {
    const { tell, actor } = agent();
    const probe = () => actor.getSnapshot().context.probe;
    tell(started("old", 900), ...fail(2), started("t", 5_000), failed("t", 5_001));
    tell({ type: "DEADLINE.open", at: 10_001 }, started("p", 11_000, true));
    expect(probe()).toBe("p");
    tell(succeeded("old", 11_001));
    expect(probe()).toBe("p");
    tell(succeeded("p", 11_002));
    expect(probe()).toBeUndefined();
  });

  it("stays running while another of its tasks runs", () => {
    const { tell, state } = agent();
    tell(started("t"), started("u"), succeeded("t"));
    expect(state()).toBe("running");
    tell(succeeded("u"));
    expect(state()).toBe("idle");
  });

  it("tells each move once, with where it came from", () => {
    const { tell, outputs } = agent();
    tell(started(), succeeded());
    const moves = outputs.flatMap((output) =>
      output.type === "announce" && output.event === "agent.state_changed"
        ? [`${output.data.from}>${output.data.to}`]
        : [],
    );
    expect(moves).toEqual(["idle>running", "running>idle"]);
  });
});
