import { describe, expect, it } from "vitest";
import type { ImprovementContext } from "../../../src/machines/improvement-context.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 100_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 100_000 };

/** A trial under way: eight tasks after its proposal have ended, and one is being worked on. */
async function underWay() {
  const engine = await VirtualEngine.open({ config: { tasks: { retries: 0 } } });
  const agent = await engine.agent("coder", { policy: patient });
  agent.automatic = (call) =>
    call.attempt > 1 && agent.calls.length % 2 === 0
      ? call.done()
      : call.fail("connect ECONNREFUSED 127.0.0.1:9", { code: "ECONNREFUSED" });
  for (let n = 0; n < 11; n++) {
    await engine.submit({ agent: "coder" });
    await engine.pass(20_000);
  }
  agent.automatic = undefined;
  const task = await engine.submit({ agent: "coder" });
  const [proposed] = engine.told("evolution.proposed");
  const id = proposed?.data.improvementId ?? "";
  return { engine, agent, task, id };
}

function standing(engine: VirtualEngine, id: string) {
  const snapshot = engine.runtime.host.snapshot(`improvement/${id}`);
  if (snapshot === undefined) throw new Error(`there is no improvement ${id}`);
  const { places, assigned, arrivals } = snapshot.context as ImprovementContext;
  const row = engine.runtime.views.evolution.get(id);
  return { value: snapshot.value, places, assigned: [...assigned], arrivals, blocks: row?.blocks, lead: row?.lead };
}

describe("a trial that is under way", () => {
  it("stands after a kill where it stood: blocks, open places and tasks that belong to it", async () => {
    const { engine, id } = await underWay();
    const before = standing(engine, id);
    expect(before).toMatchObject({ value: "trying", assigned: { length: 1 } });
    expect(before.blocks?.length).toBeGreaterThan(1);
    expect(before.arrivals.length).toBeGreaterThanOrEqual(2 * (before.blocks?.length ?? 0));
    // Killed at the very event, before the interrupted attempt is told of.
    const at = engine.told("evolution.assigned").at(-1)?.sequence ?? 0;
    const again = await engine.reopened({ after: at, downMs: 5_000 });
    const after = standing(again, id);
    expect({ ...after, assigned: after.assigned.length }).toEqual({ ...before, assigned: 1 });
    expect(again.told("evolution.block_judged")).toHaveLength(before.blocks?.length ?? 0);
  });

  it("goes on from there to the same end as without a kill", async () => {
    const { engine, id } = await underWay();
    const again = await engine.reopened({ downMs: 5_000 });
    const from = standing(again, id).blocks?.length ?? 0;
    const agent = await again.agent("coder", { policy: patient });
    agent.automatic = (call) =>
      call.attempt > 1 ? call.done() : call.fail("connect ECONNREFUSED 127.0.0.1:9", { code: "ECONNREFUSED" });
    for (let n = 0; n < 200 && again.told("evolution.kept").length === 0; n++) {
      await again.submit({ agent: "coder" });
      await again.pass(20_000);
    }
    expect(again.told("evolution.decided")).toMatchObject([{ data: { verdict: "keep" } }]);
    const judged = again.told("evolution.block_judged").map(({ data }) => data.block);
    expect(judged).toEqual(judged.map((_, index) => index));
    expect(judged.length).toBeGreaterThan(from);
  });

  it("is given up with its agent, and counts nothing that ends late", async () => {
    const { engine, agent, id } = await underWay();
    const blocks = engine.told("evolution.block_judged").length;
    await engine.runtime.agents.command("coder", "archive", "it is gone", "operator:me");
    await engine.pass(0);
    expect(engine.told("evolution.abandoned")).toMatchObject([{ data: { improvementId: id } }]);
    for (const call of agent.working) call.done();
    await engine.pass(60_000);
    expect(engine.told("evolution.block_judged")).toHaveLength(blocks);
    expect(engine.told("evolution.decided")).toEqual([]);
    expect(engine.runtime.views.evolution.get(id)?.state).toBe("abandoned");
    const again = await engine.reopened();
    expect(again.told("evolution.abandoned")).toHaveLength(1);
    expect(again.runtime.views.evolution.get(id)?.state).toBe("abandoned");
  });
});
