import { describe, expect, it } from "vitest";
import { textOf } from "../../../src/actors/views/timeline-texts.ts";
import { predictionsOf } from "../../../src/runtime/doors/predictions-door.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 100_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 100_000 };
const names = ["left", "right"] as const;

/** Two agents that can do the same work; `fails` says how the next task of one ends. */
async function pair(fails: (name: string) => boolean, checkpointed = false) {
  const engine = await VirtualEngine.open({
    config: {
      tasks: { retries: 0 },
      evolution: { enabled: false },
      ...(checkpointed ? { journal: { checkpoint: { events: 200 } } } : {}),
    },
  });
  for (const name of names) {
    const agent = await engine.agent(name, { policy: patient, capabilities: ["write"] });
    agent.automatic = (call) => (fails(name) ? call.fail("the index is not readable") : call.done());
  }
  return engine;
}

async function give(engine: VirtualEngine, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await engine.submit({ agent: names[n % 2] ?? "left" });
    await engine.pass(5_000);
  }
}

/** Trouble that comes and stays for a while. */
function bursts() {
  const entropy = new SeededEntropy(11);
  const troubled = new Map<string, boolean>();
  return (name: string) => {
    const now = entropy.random() < (troubled.get(name) === true ? 0.85 : 0.06);
    troubled.set(name, now);
    return now;
  };
}

function coins() {
  const entropy = new SeededEntropy(23);
  return () => entropy.random() < 0.3;
}

/** To whom work goes that either could do. */
async function chosen(engine: VirtualEngine, count: number): Promise<readonly (string | undefined)[]> {
  const who: (string | undefined)[] = [];
  for (let n = 0; n < count; n++) {
    const id = await engine.submit({ capability: "write" });
    who.push(engine.task(id).agent);
    await engine.pass(5_000);
  }
  return who;
}

/** Two agents that failed in bursts for long, and of which only the left one fails now. */
async function afterBursts() {
  const burst = bursts();
  let over = false;
  const engine = await pair((name) => (over ? name === "left" : burst(name)));
  await give(engine, 300);
  over = true;
  await give(engine, 12);
  return engine;
}

describe("which agent fails next, where failures come in bursts", () => {
  it("is proven, told with reasons, and the scheduler prefers the other one", { timeout: 60_000 }, async () => {
    const engine = await afterBursts();
    const view = predictionsOf(engine.runtime);
    expect(view).toMatchObject({ state: "proven", judged: 312, items: [{ agent: "left" }, { agent: "right" }] });
    expect(view.brier?.forecast).toBeLessThan(view.brier?.base ?? 0);
    const [proven] = engine.told("forecast.proven");
    expect(proven?.data.judged).toBeGreaterThanOrEqual(100);
    expect(proven?.data.forecast).toBeLessThan(proven?.data.base ?? 0);
    expect(proven?.data.evidence).toBeGreaterThanOrEqual(20);
    expect(engine.told("forecast.proven").length - engine.told("forecast.unproven").length).toBe(1);
    expect(engine.told("forecast.proven").map(textOf)).toContainEqual(
      expect.stringMatching(/^Forecasts of failures are proven: squared error 0\.\d{3} against 0\.\d{3}/),
    );
    const [left, right] = view.items;
    expect(left?.failing).toBeGreaterThan(0.5);
    expect(left?.why).toContain("its last 6 tasks failed in a row");
    expect(right?.failing).toBeLessThan(0.5);
    expect(await chosen(engine, 5)).toEqual(["right", "right", "right", "right", "right"]);
    const [decision] = engine.told("task.decided").slice(-1);
    expect(JSON.stringify(decision?.data)).toContain("likelier to fail than not");
    // Preferred, not left out: after ten minutes nothing is said of it any more, and its turn comes.
    await engine.pass(600_000);
    expect(await chosen(engine, 1)).toEqual(["left"]);
  });

  it("never keeps work from an agent that it is for, or that alone is free", { timeout: 60_000 }, async () => {
    const engine = await afterBursts();
    expect(engine.runtime.views.predictions.isLikelyToFail("left")).toBe(true);
    const named = await engine.submit({ agent: "left" });
    expect(engine.task(named).agent).toBe("left");
    await engine.runtime.agents.command("right", "drain", "it rests", "operator:me");
    await engine.pass(5_000);
    expect(await chosen(engine, 1)).toEqual(["left"]);
  });

  it("is the same after a restart from a checkpoint", { timeout: 60_000 }, async () => {
    const engine = await pair(bursts(), true);
    await give(engine, 150);
    const before = predictionsOf(engine.runtime);
    const said = engine.told("forecast.proven").length;
    expect(said).toBeGreaterThan(0);
    const again = await engine.reopened();
    expect(predictionsOf(again.runtime)).toEqual({ ...before, atMs: again.clock.now() });
    await again.pass(1_000);
    expect(again.told("forecast.proven")).toHaveLength(said);
  });
});

describe("which agent fails next, where failures fall like coins", () => {
  it("is not proven: no agent is named, and the scheduler takes no notice", { timeout: 60_000 }, async () => {
    const coin = coins();
    let over = false;
    const engine = await pair((name) => (over ? name === "left" : coin()));
    await give(engine, 300);
    over = true;
    await give(engine, 6);
    const view = predictionsOf(engine.runtime);
    expect(view).toMatchObject({ state: "not_proven", judged: 306, items: [] });
    expect(engine.told("forecast.proven")).toEqual([]);
    expect(view.why).toMatch(/^not shown to be better than the base rate: squared error 0\.\d{3} against 0\.\d{3}/);
    expect(await chosen(engine, 4)).toEqual(["left", "right", "left", "right"]);
  });
});
