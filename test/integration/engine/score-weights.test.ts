import { describe, expect, it } from "vitest";
import { LEAST_MOVE } from "../../../src/domain/score.ts";
import { usualWeights } from "../../../src/domain/score-terms.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 1_000, cooldownMs: 1 };

async function open(adaptWeights: boolean) {
  const engine = await VirtualEngine.open({ config: { score: { adaptWeights } } });
  (await engine.agent("good")).automatic = (call) => call.done();
  (await engine.agent("bad", { policy: patient })).automatic = (call) => call.fail("no luck");
  const run = async (agent: string, count: number) => {
    for (let n = 0; n < count; n++) {
      await engine.submit({ agent, retries: 0 });
      await engine.pass(1_500);
    }
  };
  return { engine, run };
}

describe("the score's weights", () => {
  it("stay as they are unless they are asked to follow", async () => {
    const { engine, run } = await open(false);
    await run("good", 10);
    await run("bad", 90);
    expect(engine.told("score.weights_changed")).toEqual([]);
    expect(engine.runtime.score.current()).toMatchObject({ weights: usualWeights, adaptsWeights: false });
  });

  it("follow what foretells how tasks end, with evidence in the journal, and stand there after a restart and a replay", async () => {
    const { engine, run } = await open(true);
    await run("good", 10);
    expect(engine.runtime.score.current().weights).toEqual(usualWeights);
    // Ready all the time while every task fails: the uptime says nothing about them.
    await run("bad", 90);
    const told = engine.told("score.weights_changed");
    const last = told.at(-1)?.data;
    const { weights, why, score, terms } = engine.runtime.score.current();
    expect(weights).toEqual(last?.weights);
    expect(weights.tsr).toBeGreaterThan(usualWeights.tsr);
    expect(weights.uptime).toBeLessThan(usualWeights.uptime);
    expect(last?.evidence.map(({ term }) => term)).toEqual(["tsr", "uptime"]);
    expect(told.slice(1).map(({ data }) => data.before)).toEqual(told.slice(0, -1).map(({ data }) => data.weights));
    expect(why).toContainEqual(expect.stringMatching(/^Weight of Uptime: .* in place of 0\.2, its value missed/));
    const known = (terms.tsr ?? 0) * weights.tsr + (terms.uptime ?? 0) * weights.uptime;
    expect(score).toBeCloseTo(known / (weights.tsr + weights.uptime), 9);
    const toldScore = engine.told("score.updated").at(-1)?.data.score ?? Number.NaN;
    expect(Math.abs(toldScore - (score ?? Number.NaN))).toBeLessThan(LEAST_MOVE);

    const again = await engine.reopened();
    expect(again.runtime.score.current().weights).toEqual(weights);
    expect(again.told("score.weights_changed")).toHaveLength(told.length);
    const replayed = await VirtualEngine.after(engine.events, { config: { score: { adaptWeights: true } } });
    expect(replayed.runtime.score.current().weights).toEqual(weights);
    const off = await VirtualEngine.after(engine.events);
    expect(off.runtime.score.current()).toMatchObject({ weights: usualWeights, adaptsWeights: false });
  });

  it("take no task for an outcome that was cancelled", async () => {
    const { engine, run } = await open(true);
    await run("good", 10);
    await engine.agent("slow");
    for (let n = 0; n < 80; n++) {
      const id = await engine.submit({ agent: "slow", retries: 0 });
      await engine.pass(100);
      await engine.runtime.tasks.cancel(id, "no need", "operator:me");
      await engine.pass(1_500);
    }
    expect(engine.told("task.cancelled").length).toBeGreaterThan(60);
    expect(engine.told("score.weights_changed")).toEqual([]);
    expect(engine.runtime.score.current().terms.tsr).toBeLessThan(0.2);
  });
});
