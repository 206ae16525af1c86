import { describe, expect, it } from "vitest";
import type { ConfigInput } from "../../../src/config.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

/** Only the budget speaks against another attempt. */
const patient = { failureThreshold: 1_000, cooldownMs: 1 };

function configured(retryBudget: { share?: number; atLeast?: number }): ConfigInput {
  const waits = { firstMs: 1, maxMs: 1 };
  return {
    tasks: { retries: 5, backoff: waits, retryBudget },
    agents: { policy: patient },
    evolution: { enabled: false },
    reactor: { mode: "observe" },
  };
}

const again = {
  id: "again",
  title: "Have a task tried again",
  trigger: { event_type: "task.failed" },
  target: { kind: "agent", id: { $ref: "event.data.agentId" } },
  actions: [{ type: "retry_task", target: { $ref: "event.data.taskId" } }],
  validation: { check: "task_succeeded", params: { target: { $ref: "event.data.taskId" } }, settleMs: 1_000 },
  grants: ["task.retry:own"],
  tests: [
    {
      name: "a task that failed",
      event: { type: "task.failed", data: { taskId: "t", agentId: "a" } },
      expect: "match",
    },
  ],
};

/** Runs so many tasks that fail whatever is tried, one after the other; gives how many attempts each had. */
async function failing(engine: VirtualEngine, tasks: number): Promise<readonly number[]> {
  const ids: string[] = [];
  for (let n = 0; n < tasks; n++) {
    ids.push(await engine.submit({ agent: "a" }));
    await engine.pass(1_000);
  }
  return ids.map((id) => engine.task(id).attempts);
}

async function opened(budget: { share?: number; atLeast?: number }): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ config: configured(budget) });
  const agent = await engine.agent("a");
  agent.automatic = (call) => call.fail("it is down");
  return engine;
}

describe("the budget of further attempts", () => {
  it("gives every task its retries while there is room", async () => {
    const engine = await opened({ atLeast: 100 });
    expect(await failing(engine, 3)).toEqual([6, 6, 6]);
  });

  it("bounds them over all tasks by the share of what was asked for, and says so", async () => {
    const engine = await opened({ share: 0.2, atLeast: 2 });
    const attempts = await failing(engine, 30);
    const retries = attempts.reduce((sum, one) => sum + one - 1, 0);
    expect(retries).toBe(6);
    expect(attempts.slice(0, 2)).toEqual([3, 1]);
    const withheld = engine.told("task.attempt_failed").filter(({ data }) => data.withheld === "retry_budget");
    expect(withheld).toHaveLength(30);
    expect(engine.told("task.failed").filter(({ data }) => data.state === "dead")).toHaveLength(30);
  });

  it("has room again when the hour is over", async () => {
    const engine = await opened({ share: 0, atLeast: 5 });
    expect(await failing(engine, 2)).toEqual([6, 1]);
    await engine.pass(61 * 60_000);
    expect(await failing(engine, 1)).toEqual([6]);
  });

  it("is as spent after a restart as it was before", async () => {
    const before = await opened({ share: 0, atLeast: 5 });
    expect(await failing(before, 1)).toEqual([6]);
    const engine = await before.reopened({ downMs: 1_000 });
    expect(await failing(engine, 1)).toEqual([1]);
  });

  it("leaves remedies a budget of their own when that of the tasks is spent", async () => {
    const engine = await VirtualEngine.open({
      playbooks: [again],
      config: { ...configured({ share: 0, atLeast: 1 }), reactor: { mode: "live" } },
    });
    const agent = await engine.agent("a");
    agent.automatic = (call) => call.fail("it is down");
    await failing(engine, 1);
    await engine.pass(60_000);
    expect(engine.told("task.attempt_failed").map(({ data }) => data.withheld)).toEqual([
      undefined,
      "retry_budget",
      "retry_budget",
    ]);
    expect(engine.told("task.retried").map(({ data }) => data.by)).toEqual(["reactor"]);
  });

  it("keeps a remedy from having a task tried again, which is told as a step that failed", async () => {
    const engine = await VirtualEngine.open({
      playbooks: [again],
      config: { ...configured({ share: 0, atLeast: 0 }), reactor: { mode: "live" } },
    });
    const agent = await engine.agent("a");
    agent.automatic = (call) => call.fail("it is down");
    expect(await failing(engine, 1)).toEqual([1]);
    await engine.pass(60_000);
    expect(engine.told("task.retried")).toEqual([]);
    expect(engine.told("run.step_completed").map(({ data }) => [data.ok, data.detail])).toEqual([
      [false, expect.stringContaining("tasks.retryBudget is spent")],
    ]);
  });
});
