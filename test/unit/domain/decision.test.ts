import { describe, expect, it } from "vitest";
import { type Decided, decide, type Situation } from "../../../src/domain/decision.ts";
import type { AgentFact } from "../../../src/domain/free-agent.ts";
import { empty, withValue } from "../../../src/domain/sharded.ts";
import { noStatistics, recordRun } from "../../../src/domain/task-order.ts";
import type { Waiting } from "../../../src/domain/waiting.ts";
import type { TaskSpec } from "../../../src/events/types/task.ts";
import { decision as decisionSchema } from "../../../src/events/vocabulary.ts";
import { factsOf } from "../../support/agent-facts.ts";

const now = 1_000_000;

function waiting(id: string, task: Partial<TaskSpec> = {}, more: Partial<Waiting> = {}): [string, Waiting] {
  const whole: TaskSpec = {
    id,
    input: null,
    priority: "P2",
    timeoutMs: 1_000,
    retries: 0,
    dependsOn: [],
    onInterrupt: "retry",
    submittedBy: "me",
    ...task,
  };
  const entry: Waiting = {
    task: whole,
    attempts: 0,
    sinceMs: now,
    notBeforeMs: undefined,
    needs: [],
    probe: false,
    told: undefined,
    cause: { id, correlationid: id, depth: 0 },
    ...more,
  };
  return [id, entry];
}

const agent = (id: string, more: Partial<AgentFact> = {}): AgentFact => ({
  id,
  state: "idle",
  breaker: "closed",
  accepting: true,
  capabilities: [],
  concurrency: 1,
  ...more,
});

function decided(
  queue: readonly [string, Waiting][],
  agents: readonly AgentFact[],
  more: Partial<Situation> = {},
): readonly Decided[] {
  const answers = decide({
    waiting: new Map(queue),
    active: new Map(),
    statistics: noStatistics,
    lastGiven: empty,
    agents: factsOf(agents),
    maxConcurrent: 3,
    nowMs: now,
    ...more,
  });
  // What is journaled must fit its schema.
  for (const { decision } of answers) expect(decisionSchema.parse(decision)).toEqual(decision);
  return answers;
}

const given = (answers: readonly Decided[]) =>
  answers.flatMap(({ taskId, decision }) => (decision.kind === "immediate" ? [`${taskId} ${decision.agentId}`] : []));

describe("a decision", () => {
  it("says which rule took the task, how long a P3 would have waited, and whom it passed over", () => {
    const agents = [
      agent("busy", { concurrency: 1 }),
      agent("idle"),
      agent("idle too"),
      agent("hurt", { state: "blocked" }),
      agent("away", { accepting: false }),
      agent("broken", { state: "idle", breaker: "open" }),
    ];
    const [task] = waiting("running");
    const active = new Map([
      [
        task,
        {
          task: waiting("running")[1].task,
          agentId: "busy",
          attempt: 1,
          probe: false,
          started: true,
          sinceMs: 0,
          cause: { id: "e", correlationid: "e", depth: 0 },
        },
      ],
    ]);
    const queue = [waiting("first", {}, { sinceMs: 0 }), waiting("second", { priority: "P3" })];
    const [first] = decided(queue, agents, { active, maxConcurrent: 2 });
    expect(first).toEqual({
      taskId: "first",
      decision: {
        kind: "immediate",
        agentId: "idle",
        rule: "priority",
        guardMs: 60_000,
        reason: "the oldest P2 goes to idle, which has the least to do",
        passedOver: [
          { id: "second", reason: "P3, waits its turn" },
          { id: "busy", reason: "runs 1 of 1" },
          { id: "idle too", reason: "is free as well" },
          { id: "hurt", reason: "is blocked" },
          { id: "away", reason: "is drained or stopped" },
          { id: "broken", reason: "has its breaker open" },
        ],
      },
    });
  });

  it("names eight of those it passed over, the one it chose not among them", () => {
    const agents = Array.from({ length: 12 }, (_, n) => agent(`a${n}`));
    const [free] = decided([waiting("t")], agents);
    const named = free?.decision.passedOver?.map(({ id }) => id);
    expect(named).toEqual(["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"]);
    const hurt = agents.map((one) => ({ ...one, state: "blocked" as const }));
    expect(decided([waiting("t")], hurt)[0]?.decision.passedOver).toHaveLength(8);
  });

  it("defers with the reason: no room, no agent that is free, none that can, none at all", () => {
    const [, full] = decided([waiting("a"), waiting("b")], [agent("x"), agent("y")], { maxConcurrent: 1 });
    expect(full?.decision).toMatchObject({ kind: "deferred", reason: "1 tasks run already" });
    const [hurt] = decided([waiting("a", { agentId: "x" })], [agent("x", { state: "degraded" })]);
    expect(hurt?.decision).toMatchObject({
      reason: "no agent is free",
      passedOver: [{ id: "x", reason: "is degraded" }],
    });
    const [choosy] = decided([waiting("a")], [agent("x", { capabilities: ["code"] })]);
    expect(choosy?.decision).toMatchObject({
      kind: "deferred",
      passedOver: [{ id: "x", reason: "takes only what asks for it" }],
    });
    const [unable] = decided([waiting("a", { capability: "code" })], [agent("x")]);
    expect(unable?.decision).toMatchObject({ reason: 'no agent has the capability "code"', passedOver: [] });
    const [alone] = decided([waiting("a")], []);
    expect(alone?.decision).toMatchObject({ reason: "there is no agent", passedOver: [] });
  });

  it("schedules what waits for a time or for other tasks", () => {
    const [later, after] = decided(
      [waiting("a", {}, { notBeforeMs: now + 5 }), waiting("b", {}, { needs: ["a"] })],
      [agent("x")],
    );
    expect(later?.decision).toMatchObject({ kind: "scheduled", notBeforeMs: now + 5 });
    expect(after?.decision).toMatchObject({ kind: "scheduled", reason: "after a" });
  });

  it("spreads tasks over idle agents, those first that have been without work for longest", () => {
    const agents = [agent("a", { concurrency: 2 }), agent("b", { concurrency: 2 }), agent("c", { concurrency: 2 })];
    const queue = ["1", "2", "3"].map((id) => waiting(id));
    expect(given(decided(queue, agents))).toEqual(["1 a", "2 b", "3 c"]);
    const lastGiven = withValue(withValue(empty, "a", 9), "b", 5);
    expect(given(decided(queue, agents, { lastGiven }))).toEqual(["1 c", "2 b", "3 a"]);
  });

  it("takes six P0 for a burst, and what it has just given out is none of them", () => {
    const queue = ["1", "2", "3", "4", "5", "6", "7"].map((id) => waiting(id, { agentId: "a", priority: "P0" }));
    const statistics = recordRun(noStatistics, "a", "P0", 10);
    const answers = decided(queue, [agent("a", { concurrency: 3 })], { statistics });
    const rules = answers.flatMap(({ decision }) => (decision.kind === "immediate" ? [decision.rule] : []));
    expect(rules).toEqual(["burst", "burst", "priority"]);
  });

  it("never gives an agent more than it takes, and a half-open breaker one probe", () => {
    const queue = ["1", "2", "3"].map((id) => waiting(id));
    expect(given(decided(queue, [agent("a", { concurrency: 2 })]))).toEqual(["1 a", "2 a"]);
    expect(given(decided(queue, [agent("a", { concurrency: 2, breaker: "half_open" })]))).toEqual(["1 a"]);
  });
});
