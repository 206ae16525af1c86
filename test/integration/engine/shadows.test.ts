import { describe, expect, it } from "vitest";
import type { ImprovementContext } from "../../../src/machines/improvement-context.ts";
import { TestEngine } from "../../support/engine.ts";
import type { PuppetCall } from "../../support/puppet.ts";
import { unlockingAgent } from "../../support/unlocking-agent.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const alternatives = [{ kind: "advice" as const, advice: "unlock it first" }];
const HOUR_MS = 3_600_000;
const patient = { failureThreshold: 1_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1_000 };
const evolution = { shadow: { tasks: 6, share: 1 } };

/** An agent that failed three times, so that its advice is to be tried. */
async function clerk(about: { readonly shadow?: "safe" } = { shadow: "safe" }) {
  const engine = await TestEngine.open({ config: { evolution } });
  await engine.agent(
    "clerk",
    [process.execPath, "-e", unlockingAgent],
    { output: "ndjson" },
    { policy: patient, alternatives, ...about },
  );
  const work = (works: boolean, advised: boolean) =>
    engine.run({ agent: "clerk", retries: 0, input: { works, advised } });
  for (let n = 0; n < 3; n++) await work(false, false);
  const { data } = await engine.until("evolution.proposed");
  return { engine, work, proposed: data };
}

async function untilPairs({ engine, work }: Awaited<ReturnType<typeof clerk>>, works: boolean, advised: boolean) {
  for (let n = 1; n <= 6; n++) {
    await work(works, advised);
    await engine.until("evolution.shadow_judged", ({ data }) => data.pairs === n);
  }
}

describe("a real program's change in shadow", () => {
  it("gets no trial where the copies are clearly worse, and none of them counted", async () => {
    const life = await clerk();
    const { engine, proposed } = life;
    expect(proposed).toMatchObject({ kind: "advice", asks: false, shadow: { tasks: 6, share: 1 } });
    const before = engine.engine.runtime.views.failures.list();
    await untilPairs(life, true, false);
    const ended = await engine.until("evolution.shadow_ended");
    expect(ended.data).toMatchObject({ verdict: "worse", lost: 6, won: 0, control: 6, candidate: 0 });
    await engine.until("evolution.rolled_back", ({ data }) => data.same);
    expect(engine.told("evolution.trial_started")).toEqual([]);
    // Six copies failed, and nobody else ever heard of it.
    expect(engine.told("evolution.shadowed").map(({ data }) => data.outcome)).toEqual(Array(6).fill("failed"));
    expect(engine.told("task.attempt_failed")).toHaveLength(3);
    expect(engine.told("failure.observed")).toHaveLength(3);
    expect(engine.engine.runtime.views.failures.list()).toEqual(before);
    // What ran for them is known, so that a crash leaves none behind; as the agent's own it is not.
    const copies = (type: "agent.process_started" | "agent.process_exited") =>
      engine.told(type).filter(({ data }) => data.shadow === true);
    expect([copies("agent.process_started"), copies("agent.process_exited")]).toMatchObject([
      { length: 6 },
      { length: 6 },
    ]);
    expect(engine.engine.runtime.views.evolution.list()).toMatchObject([{ state: "rolled_back", outcome: "shadow" }]);
  });

  it("goes on to its trial where the copies do better", async () => {
    const life = await clerk();
    const { engine } = life;
    await life.work(false, true);
    const ended = await engine.until("evolution.shadow_ended");
    expect(ended.data).toMatchObject({ verdict: "not_worse", lost: 0, won: 1 });
    await engine.until("evolution.trial_started");
    expect(engine.told("task.succeeded")).toEqual([]);
    expect(engine.told("evolution.assigned")).toEqual([]);
  });

  it("is not run on copies of an agent that does not say that it bears them", async () => {
    const { engine, proposed } = await clerk({});
    expect(proposed.shadow).toBeUndefined();
    await engine.until("evolution.trial_started");
    expect(engine.told("evolution.shadow_started")).toEqual([]);
  });
});

/** Copies do well, and the tasks themselves fail. */
function onlyCopies(call: PuppetCall): void {
  if (call.taskId.startsWith("shadow-of-")) call.done();
  else call.fail("no");
}

describe("a shadow that is under way", () => {
  async function underWay() {
    const engine = await VirtualEngine.open({
      config: { tasks: { retries: 0 }, evolution: { shadow: { tasks: 12, share: 1, longestMs: HOUR_MS } } },
    });
    const about = { policy: patient, alternatives, shadow: "safe" as const };
    const agent = await engine.agent("coder", about);
    const submit = () => engine.submit({ agent: "coder" });
    for (let n = 0; n < 3; n++) {
      await submit();
      agent.last.fail("the ledger is locked");
      await engine.pass(10_000);
    }
    const pair = async () => {
      await submit();
      for (const call of [...agent.working]) onlyCopies(call);
      await engine.pass(10_000);
    };
    for (let n = 0; n < 2; n++) await pair();
    const id = engine.told("evolution.proposed")[0]?.data.improvementId ?? "";
    return { engine, agent, submit, id };
  }

  function standing(engine: VirtualEngine, id: string) {
    const snapshot = engine.runtime.host.snapshot(`improvement/${id}`);
    const { pairs, copies, begun } = (snapshot as { context: ImprovementContext }).context;
    return {
      value: snapshot?.value,
      pairs,
      copies: [...copies.keys()],
      begun,
      shown: engine.runtime.views.evolution.get(id)?.shadow,
    };
  }

  it("stands after a kill where it stood, without the copy that was cut off, and goes on to its end", async () => {
    const { engine, agent, submit, id } = await underWay();
    await submit();
    const before = standing(engine, id);
    expect(before).toMatchObject({ value: "shadowing", pairs: { length: 2 }, copies: { length: 1 }, begun: 3 });
    expect(agent.working.size).toBe(2);
    const again = await engine.reopened({ downMs: 5_000 });
    expect(standing(again, id)).toEqual({ ...before, copies: [] });
    expect(again.told("evolution.shadow_judged")).toHaveLength(2);
    // The task that the kill cut off is under way once more, as its second attempt: it has no copy.
    agent.automatic = onlyCopies;
    expect([...agent.working].map(({ attempt }) => attempt)).toContain(2);
    for (const call of [...agent.working]) onlyCopies(call);
    for (let n = 0; n < 12 && again.told("evolution.shadow_ended").length === 0; n++) {
      await again.submit({ agent: "coder" });
      await again.pass(20_000);
    }
    expect(again.told("evolution.shadow_ended")).toMatchObject([{ data: { verdict: "not_worse", pairs: 3 } }]);
    expect(again.told("evolution.trial_started")).toHaveLength(1);
  });

  it("runs one copy at a time", async () => {
    const { engine, submit } = await underWay();
    await submit();
    await submit();
    expect(engine.told("evolution.shadow_began")).toHaveLength(3);
  });

  it("gives its worker to a task that wants one, and begins no copy where none is idle", async () => {
    const { engine, agent, submit } = await underWay();
    const other = await engine.agent("other", { concurrency: 3 });
    await submit();
    expect(agent.working.size).toBe(2);
    for (let n = 0; n < 2; n++) await engine.submit({ agent: "other" });
    // Three workers: two others and the task itself; the copy had to go.
    expect([other.working.size, agent.working.size]).toEqual([2, 1]);
    expect(engine.told("evolution.shadowed").at(-1)?.data).toMatchObject({ outcome: "void", reason: "interrupted" });
    for (const call of agent.working) call.fail("no");
    await engine.pass(10_000);
    await submit();
    expect(agent.working.size).toBe(1);
    expect(engine.told("evolution.shadow_began")).toHaveLength(3);
    expect(engine.told("evolution.shadow_judged")).toHaveLength(2);
  });

  it("ends with its agent, and its copy with it", async () => {
    const { engine, agent, submit } = await underWay();
    await submit();
    expect(agent.working.size).toBe(2);
    await engine.runtime.agents.command("coder", "archive", "gone", "operator:me");
    await engine.pass(10_000);
    expect(engine.told("evolution.abandoned")).toHaveLength(1);
    expect([...agent.working].filter(({ taskId }) => taskId.startsWith("shadow-of-"))).toEqual([]);
  });

  it("is over after its time, and the trial begins", async () => {
    const { engine, id } = await underWay();
    await engine.pass(HOUR_MS);
    expect(engine.told("evolution.shadow_ended")).toMatchObject([{ data: { verdict: "not_worse", pairs: 2 } }]);
    expect(standing(engine, id).value).toBe("trying");
  });

  it("is taken back by a person, and no copy runs on in its name", async () => {
    const { engine, id } = await underWay();
    await engine.runtime.bus.publish({
      type: "evolution.rollback_requested",
      subject: "agent/coder",
      data: { improvementId: id, agentId: "coder", by: "operator:me", reason: "no" },
    });
    await engine.pass(10_000);
    expect(engine.told("evolution.rolled_back")).toMatchObject([{ data: { same: true } }]);
    await engine.submit({ agent: "coder" });
    expect(engine.told("evolution.shadow_began")).toHaveLength(2);
  });
});
