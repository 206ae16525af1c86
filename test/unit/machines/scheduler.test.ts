import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import type { AgentFact } from "../../../src/domain/free-agent.ts";
import type { TaskSpec } from "../../../src/events/types/task.ts";
import type { Output } from "../../../src/machines/output.ts";
import { schedulerMachine } from "../../../src/machines/scheduler.ts";
import type { SchedulerEvent, SchedulerFacts } from "../../../src/machines/scheduler-book.ts";
import { factsOf } from "../../support/agent-facts.ts";
import { heard } from "../../support/heard.ts";
import { unvisited, walk } from "../../support/machine-walk.ts";

const spec = (id: string, more: Partial<TaskSpec> = {}): TaskSpec => ({
  id,
  agentId: "a",
  input: null,
  priority: "P2",
  timeoutMs: 1_000,
  retries: 1,
  dependsOn: [],
  onInterrupt: "retry",
  submittedBy: "me",
  ...more,
});
const idle = (id: string, more: Partial<AgentFact> = {}): AgentFact => ({
  id,
  state: "idle",
  breaker: "closed",
  accepting: true,
  capabilities: [],
  concurrency: 1,
  ...more,
});

function facts(
  agents: readonly AgentFact[] = [idle("a")],
  ended: Readonly<Record<string, "succeeded" | "failed">> = {},
): SchedulerFacts {
  return {
    agents: factsOf(agents),
    taskState: (id) => ended[id] ?? "pending",
  };
}

type Plain = SchedulerEvent extends infer E ? (E extends SchedulerEvent ? Omit<E, "facts"> : never) : never;
const about = (taskId: string, attempt = 1) => ({ taskId, agentId: "a", attempt, key: `${taskId}/${attempt}` });
const submitted = (task: TaskSpec, at = 1_000) => heard("task.submitted", { task }, at);
const started = (taskId: string, at = 1_000, attempt = 1) =>
  heard(
    "task.started",
    { ...about(taskId, attempt), deadlineAtMs: at + 1_000, configVersion: 1, probe: false, lessons: [] },
    at,
  );
const succeeded = (taskId: string, at = 1_000) =>
  heard("task.succeeded", { ...about(taskId), durationMs: 5, outputBytes: 0 }, at);
const failed = (taskId: string, more: { readonly retryAtMs?: number; readonly retryable?: boolean } = {}, at = 1_000) =>
  heard(
    "task.attempt_failed",
    {
      ...about(taskId),
      reason: "error",
      error: { message: "no", ...(more.retryable === undefined ? {} : { retryable: more.retryable }) },
      durationMs: 5,
      ...(more.retryAtMs === undefined ? {} : { retryAtMs: more.retryAtMs }),
    },
    at,
  );
const restarted = heard("engine.started", { version: "1", node: "20", pid: 1, previous: "crashed" }, 9_000);
const cancel = (taskId: string) => heard("task.cancel_requested", { taskId, by: "me", reason: "enough" });

function scheduler(maxConcurrent = 3, known: SchedulerFacts = facts()) {
  const outputs: Output[] = [];
  let now = known;
  const actor = createActor(schedulerMachine, { input: { maxConcurrent } });
  actor.on("*", (output) => outputs.push(output));
  actor.start();
  return {
    outputs,
    know: (next: SchedulerFacts) => {
      now = next;
    },
    tell: (...events: Plain[]) => {
      for (const event of events) actor.send({ ...event, facts: now } as SchedulerEvent);
    },
    effects: (name: string) =>
      outputs.flatMap((output) => (output.type === "effect" && output.name === name ? [output.key] : [])),
    told: (type: string) =>
      outputs.flatMap((output) => (output.type === "announce" && output.event === type ? [output.data] : [])),
    context: () => actor.getSnapshot().context,
  };
}

describe("the scheduler machine", () => {
  it("reaches every state and takes every transition it declares", () => {
    const events = [
      submitted(spec("t")),
      started("t"),
      succeeded("t"),
      failed("t"),
      cancel("t"),
      restarted,
      heard("engine.stopping", { reason: "x" }),
      { type: "DEADLINE.wake", at: 2_000 },
      { type: "DEADLINE.timeout.t", at: 2_000 },
    ].map((event) => ({ ...event, facts: facts() }));
    const walked = walk(schedulerMachine, {
      input: { maxConcurrent: 1 },
      events,
      seen: ({ value, context }) =>
        JSON.stringify([
          value,
          [...context.waiting.keys()],
          [...context.active.values()].map(({ started: runs }) => runs),
        ]),
    });
    expect(unvisited(walked)).toEqual([]);
    expect(walked.untaken).toEqual([]);
  });

  it("gives a task to a free agent at once and says why", () => {
    const { tell, effects, told } = scheduler();
    tell(submitted(spec("t")));
    expect(effects("dispatch")).toEqual(["t/1"]);
    expect(told("task.decided")).toMatchObject([{ taskId: "t", decision: { kind: "immediate", agentId: "a" } }]);
  });

  it("never runs more at once than allowed, and goes on when one ends", () => {
    const agents = ["a", "b", "c", "d"].map((id) => idle(id));
    const { tell, effects } = scheduler(3, facts(agents));
    for (const id of ["t1", "t2", "t3", "t4"]) {
      const { agentId: _, ...anywhere } = spec(id);
      tell(submitted(anywhere));
    }
    expect(effects("dispatch")).toEqual(["t1/1", "t2/1", "t3/1"]);
    tell(started("t1"), succeeded("t1"));
    expect(effects("dispatch")).toEqual(["t1/1", "t2/1", "t3/1", "t4/1"]);
  });

  it("spreads load over idle agents that have the capability", () => {
    const agents = [idle("a", { capabilities: ["x"], concurrency: 2 }), idle("b", { capabilities: ["x"] }), idle("c")];
    const { tell, told } = scheduler(3, facts(agents));
    for (const id of ["t1", "t2"]) {
      const { agentId: _, ...anywhere } = spec(id, { capability: "x" });
      tell(submitted(anywhere));
    }
    expect(told("task.decided")).toMatchObject([{ decision: { agentId: "a" } }, { decision: { agentId: "b" } }]);
  });

  it("defers while the agent is blocked, naming it as passed over", () => {
    const { tell, told, effects } = scheduler(3, facts([idle("a", { state: "blocked" })]));
    tell(submitted(spec("t")));
    expect(effects("dispatch")).toEqual([]);
    expect(told("task.decided")).toMatchObject([
      { decision: { kind: "deferred", passedOver: [{ id: "a", reason: "is blocked" }] } },
    ]);
  });

  it("lets one probe through a half-open breaker, not two", () => {
    const { tell, effects, context } = scheduler(3, facts([idle("a", { breaker: "half_open", concurrency: 5 })]));
    tell(submitted(spec("t1")), submitted(spec("t2")));
    expect(effects("dispatch")).toEqual(["t1/1"]);
    expect(context().active.get("t1")).toMatchObject({ probe: true });
  });

  it("calls a probe what a half-open breaker or a remedy lets through, and nothing else", () => {
    const { tell, context } = scheduler(3, facts([idle("a", { concurrency: 5 })]));
    const again = { by: "reactor", agentId: "a", attempts: 1 };
    tell(submitted(spec("plain")));
    tell(heard("task.retried", { ...again, taskId: "mended", probe: true, task: spec("mended") }));
    tell(heard("task.retried", { ...again, taskId: "again", probe: false, task: spec("again") }));
    const probes = [...context().active].map(([id, { probe }]) => [id, probe]);
    expect(probes).toEqual([
      ["plain", false],
      ["mended", true],
      ["again", false],
    ]);
  });

  it("waits out the backoff and wakes itself for it", () => {
    const { tell, outputs, effects } = scheduler();
    tell(submitted(spec("t")), started("t"), failed("t", { retryAtMs: 4_000 }, 2_000));
    expect(outputs).toContainEqual(expect.objectContaining({ type: "deadline", name: "wake", atMs: 4_000 }));
    expect(effects("dispatch")).toEqual(["t/1"]);
    tell({ type: "DEADLINE.wake", at: 4_000 });
    expect(effects("dispatch")).toEqual(["t/1", "t/2"]);
  });

  it("wakes itself for the retry that comes due first", () => {
    const { tell, outputs, effects } = scheduler();
    const wakes = () =>
      outputs.flatMap((output) => (output.type === "deadline" && output.name === "wake" ? [output.atMs] : []));
    for (const [id, retryAtMs] of [
      ["t", 4_000],
      ["u", 6_000],
      ["v", 3_000],
    ] as const)
      tell(submitted(spec(id)), started(id), failed(id, { retryAtMs }, 2_000));
    expect(wakes().at(-1)).toBe(3_000);
    tell({ type: "DEADLINE.wake", at: 3_000 }, started("v", 3_000, 2));
    expect(effects("dispatch").at(-1)).toBe("v/2");
    expect(wakes().at(-1)).toBe(4_000);
  });

  it("tells a decision once, and again only when it is another", () => {
    const { tell, know, told } = scheduler(3, facts([idle("a", { state: "blocked" })]));
    const { agentId: _, ...anywhere } = spec("t");
    tell(submitted(anywhere), submitted(spec("u")));
    const reasons = () => told("task.decided");
    expect(reasons()).toHaveLength(2);
    tell(cancel("u"));
    expect(reasons()).toHaveLength(2);
    know(facts([]));
    tell({ type: "DEADLINE.wake", at: 2_000 });
    expect(reasons()).toHaveLength(3);
  });

  it("wakes itself again where the clock was set back behind the time it was woken for", () => {
    const { tell, outputs, effects } = scheduler();
    tell(submitted(spec("t")), started("t"), failed("t", { retryAtMs: 4_000 }, 2_000));
    tell({ type: "DEADLINE.wake", at: 3_990 });
    expect(effects("dispatch")).toEqual(["t/1"]);
    expect(outputs.filter((output) => output.type === "deadline" && output.name === "wake")).toHaveLength(2);
  });

  it("counts the age of a task from when it could run: after its backoff, after what it depends on", () => {
    const { tell, know, effects } = scheduler(3, facts([idle("a", { state: "blocked" })]));
    const minute = 60_000;
    tell(submitted(spec("held", { priority: "P3", dependsOn: ["x"] }), 0));
    tell(submitted(spec("retried", { priority: "P3" }), 0), started("retried", 0));
    tell(failed("retried", { retryAtMs: 2 * minute }, 0));
    tell({ ...succeeded("x", 2 * minute) }, submitted(spec("young"), 2 * minute));
    know(facts());
    tell({ type: "DEADLINE.wake", at: 2 * minute });
    expect(effects("dispatch").at(-1)).toBe("young/1");
  });

  it("takes as the day's peak what could run at once, with every way into the queue", () => {
    const { tell, know, context } = scheduler(2);
    const peak = () => context().statistics.peakMs;
    const run = (taskId: string, at: number) =>
      heard("task.succeeded", { ...about(taskId), durationMs: 4_000, outputBytes: 0 }, at);
    tell(submitted(spec("measured")), started("measured"), run("measured", 1_000));
    expect(peak()).toBe(0);
    know(facts([idle("a", { state: "blocked" })]));
    tell(submitted(spec("waits")));
    expect(peak()).toBe(2_000);
    const repeated = failed("repeated", { retryAtMs: 9_000 });
    tell(submitted(spec("repeated", { dependsOn: ["x"] })), started("repeated"));
    tell({ ...repeated, data: { ...repeated.data, durationMs: 4_000 } });
    tell(submitted(spec("held", { dependsOn: ["y", "z"] })), { type: "DEADLINE.wake", at: 8_999 });
    expect(peak()).toBe(2_000);
    tell({ type: "DEADLINE.wake", at: 9_000 });
    expect(peak()).toBe(4_000);
    tell(run("y", 9_100));
    expect(peak()).toBe(4_000);
    tell(run("z", 9_200));
    expect(peak()).toBe(6_000);
    const again = { taskId: "again", by: "me", agentId: "a", probe: false, attempts: 1, task: spec("again") };
    tell(heard("task.retried", again, 9_300));
    expect(peak()).toBe(8_000);
    tell(started("waits", 24 * 3_600_000 - 1));
    expect(peak()).toBe(8_000);
    tell(started("again", 24 * 3_600_000));
    expect(peak()).toBe(4_000);
  });

  it("starts a task after all it depends on, and counts its age from the last", () => {
    const { tell, effects, context } = scheduler(3);
    tell(submitted(spec("held", { dependsOn: ["x", "y"] }), 0), succeeded("y", 10));
    expect(effects("dispatch")).toEqual([]);
    expect(context().waiting.get("held")).toMatchObject({ needs: ["x"], sinceMs: 0 });
    tell(succeeded("x", 20));
    expect(effects("dispatch")).toEqual(["held/1"]);
    expect(context().active.get("held")).toMatchObject({ sinceMs: 20 });
  });

  it("lets a remedied task go first in its own class, and before no higher one", () => {
    const { tell, know, effects } = scheduler(1, facts([idle("a", { state: "blocked" })]));
    tell(submitted(spec("peer", { priority: "P3" }), 0), submitted(spec("urgent", { priority: "P0" }), 0));
    const again = { taskId: "mended", by: "reactor", agentId: "a", probe: true, attempts: 1 };
    tell(heard("task.retried", { ...again, task: spec("mended", { priority: "P3" }) }, 10));
    know(facts());
    tell({ type: "DEADLINE.wake", at: 20 });
    tell(started("urgent", 20), succeeded("urgent", 30));
    expect(effects("dispatch")).toEqual(["urgent/1", "mended/2"]);
  });

  it("calls a task dead when its retries are spent, and failed when it said that trying again is useless", () => {
    const { tell, told } = scheduler();
    tell(submitted(spec("t")), started("t"), failed("t"));
    tell(submitted(spec("u")), started("u"), failed("u", { retryable: false }));
    expect(told("task.failed")).toMatchObject([
      { taskId: "t", state: "dead" },
      { taskId: "u", state: "failed" },
    ]);
  });

  it("starts a task only after what it depends on, and fails it with it", () => {
    const { tell, effects, told } = scheduler(3, facts([idle("a"), idle("b")]));
    const { agentId: _, ...anywhere } = spec("u", { dependsOn: ["t"] });
    tell(submitted(spec("t")), submitted(anywhere));
    expect(effects("dispatch")).toEqual(["t/1"]);
    tell(heard("task.failed", { taskId: "t", state: "dead", attempts: 1, reason: "error", error: { message: "no" } }));
    expect(told("task.failed")).toMatchObject([
      { taskId: "u", state: "failed", reason: "dependency", error: { retryable: false } },
    ]);
  });

  it("really ends a task at its time limit, and no other", () => {
    const { tell, outputs, effects } = scheduler();
    tell(submitted(spec("t")), started("t", 1_000));
    expect(outputs).toContainEqual({ type: "deadline", name: "timeout.t", atMs: 2_000 });
    tell({ type: "DEADLINE.timeout.t", at: 2_000 }, { type: "DEADLINE.timeout.u", at: 2_000 });
    expect(effects("abort")).toEqual(["t/1/timeout"]);
  });

  it("cancels a waiting task at once and ends a running one first", () => {
    const { tell, told, effects } = scheduler(1);
    tell(submitted(spec("t")), started("t"), submitted(spec("u")), cancel("u"), cancel("t"));
    expect(told("task.cancelled")).toMatchObject([{ taskId: "u", by: "me" }]);
    expect(effects("abort")).toEqual(["t/1/cancel"]);
  });

  it("cancels instead of trying again what failed by itself once its cancelling was asked for", () => {
    const { tell, told, effects, context } = scheduler();
    tell(submitted(spec("t")), started("t"), cancel("t"), failed("t", { retryAtMs: 4_000 }, 2_000));
    expect(told("task.cancelled")).toMatchObject([{ taskId: "t", agentId: "a", by: "me", reason: "enough" }]);
    tell({ type: "DEADLINE.wake", at: 4_000 });
    expect(effects("dispatch")).toEqual(["t/1"]);
    expect([context().waiting.size, context().active.size]).toEqual([0, 0]);
  });

  it("takes up after a crash what had started, as interrupted, and what had not, as if nothing had happened", () => {
    const { tell, told, context } = scheduler(3, facts([idle("a"), idle("b")]));
    tell(submitted(spec("t")), started("t"), submitted(spec("u", { agentId: "b" })));
    expect(context().active.size).toBe(2);
    tell(restarted);
    expect(told("task.attempt_failed")).toMatchObject([{ taskId: "t", reason: "interrupted", retryAtMs: 9_000 }]);
    expect(told("task.decided").filter((data) => (data as { taskId: string }).taskId === "u")).toHaveLength(2);
  });

  it("believes the journal rather than its own decision", () => {
    const { tell, context } = scheduler(3, facts([]));
    tell(submitted(spec("t")));
    expect([...context().waiting.keys()]).toEqual(["t"]);
    tell(started("t"));
    expect([...context().active.keys()]).toEqual(["t"]);
    expect(context().waiting.size).toBe(0);
  });

  it("gives out nothing while the engine stops", () => {
    const { tell, effects } = scheduler();
    tell(heard("engine.stopping", { reason: "x" }), submitted(spec("t")));
    expect(effects("dispatch")).toEqual([]);
    tell(restarted);
    expect(effects("dispatch")).toEqual(["t/1"]);
  });
});
