import { describe, expect, it } from "vitest";
import { metricsOf } from "../../../src/runtime/doors/metrics.ts";
import { overviewOf } from "../../../src/runtime/doors/overview.ts";
import { pauseView } from "../../../src/runtime/doors/pause-door.ts";
import { performanceOf } from "../../../src/runtime/doors/performance.ts";
import { healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 1_000, cooldownMs: 1 };

/** Lets so many tasks end, well or badly. */
async function run(engine: VirtualEngine, count: number, well: boolean): Promise<void> {
  for (let n = 0; n < count; n++) {
    await engine.submit({ agent: well ? "good" : "bad", retries: 0 });
    await engine.pass(1_500);
  }
}

async function open(options: Parameters<typeof VirtualEngine.open>[0] = {}): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open(options);
  (await engine.agent("good")).automatic = (call) => call.done();
  (await engine.agent("bad", { policy: patient })).automatic = (call) => call.fail("no luck");
  return engine;
}

const overview = async (engine: VirtualEngine) => overviewOf(engine.runtime, await pauseView(engine.runtime));

describe("the score", () => {
  it("is no number while too little has happened, and says what is missing", async () => {
    const engine = await open();
    await run(engine, 4, true);
    const { score, grade, terms, why } = engine.runtime.score.current();
    expect([score, grade, terms.tsr, terms.cr, terms.learning]).toEqual([null, null, null, null, null]);
    expect(why).toContain("Task success rate: not enough data (4 of at least 5 cases)");
  });

  it("rises with tasks that succeed, falls with those that fail, and is told when it moves", async () => {
    const engine = await open();
    await run(engine, 5, true);
    const best = engine.runtime.score.current();
    expect(best).toMatchObject({ score: 1, grade: "excellent", terms: { tsr: 1, uptime: 1 } });
    await run(engine, 5, false);
    const fallen = engine.runtime.score.current();
    expect(fallen.terms.tsr).toBe(0.5);
    expect(fallen.score).toBeLessThan(best.score ?? 0);
    await run(engine, 10, true);
    expect(engine.runtime.score.current().score).toBeGreaterThan(fallen.score ?? 1);
    const told = engine.told("score.updated");
    expect(told.at(-1)?.data.score).toBe(engine.runtime.score.current().score);
    const pauses = told.slice(1).map(({ at }, index) => at - (told[index]?.at ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000);
  });

  it("raises an alert below its threshold and clears it above another", async () => {
    const engine = await open();
    await run(engine, 3, true);
    await run(engine, 2, false);
    expect(engine.told("score.alert_raised")).toMatchObject([{ data: { alert: "tsr_warning", value: 0.6 } }]);
    expect(engine.runtime.score.current().alerts).toMatchObject([{ alert: "tsr_warning" }]);
    await run(engine, 2, true);
    expect(engine.told("score.alert_cleared")).toEqual([]);
    await run(engine, 2, true);
    expect(engine.told("score.alert_cleared")).toMatchObject([{ data: { alert: "tsr_warning" } }]);
  });

  it("does not rise with a fix that did not help, and loses the credit of one that did not hold", async () => {
    const limits = { targetPerHour: 99, targetPerDay: 99, playbookPerHour: 99, cooldownMs: 0, cooldownCapMs: 0 };
    const engine = await open({ playbooks: [mending({ cooldownMs: 0 })], config: { reactor: { limits } } });
    await run(engine, 5, true);
    const remedy = async (status: number) => {
      healthOf(engine.world, status);
      await engine.publish({ type: "build.broken", data: {} });
      await engine.pass(15_000);
    };
    for (let n = 0; n < 5; n++) await remedy(200);
    expect(engine.runtime.score.current().terms.cr).toBe(1);
    const before = engine.runtime.score.current().score ?? 0;
    await remedy(503);
    expect(engine.told("playbook.settled").at(-1)?.data.outcome).toBe("not_fixed");
    const after = engine.runtime.score.current();
    expect(after.score).toBeLessThan(before);
    expect(after.terms.cr).toBeCloseTo(5 / 6);
    await remedy(200);
    expect(engine.runtime.score.current().terms.cr).toBeCloseTo(6 / 7);
    await engine.publish({ type: "build.broken", data: {} });
    expect(engine.told("playbook.relapsed")).toEqual([]);
    await engine.pass(2_000);
    await engine.publish({ type: "build.broken", data: {} });
    expect(engine.told("playbook.relapsed")).toHaveLength(1);
    expect(engine.runtime.score.current().terms.cr).toBeCloseTo(6 / 8);
  });

  it("stands where it stood after a restart, its history and its alerts too", async () => {
    const engine = await open();
    await run(engine, 3, true);
    await run(engine, 4, false);
    const { terms, alerts } = engine.runtime.score.current();
    const again = await engine.reopened();
    expect(again.runtime.score.current()).toMatchObject({ terms: { tsr: terms.tsr }, alerts });
    expect(again.runtime.score.history().at(-1)?.sequence).toBe(engine.runtime.score.history().at(-1)?.sequence);
    expect(again.told("score.alert_raised")).toHaveLength(engine.told("score.alert_raised").length);
  });

  it("forgets what is older than its window", async () => {
    const engine = await open({ config: { score: { windowMs: 60_000 } } });
    await run(engine, 6, false);
    expect(engine.runtime.score.current().score).not.toBeNull();
    await engine.pass(70_000);
    expect(engine.runtime.score.current().score).toBeNull();
    expect(engine.told("score.updated").at(-1)?.data.score).toBeNull();
  });
});

describe("the overview", () => {
  it("of an engine that has done nothing shows nothing, and says so of the score", async () => {
    const engine = await VirtualEngine.open();
    const { score, issues, waiting, timeline, pause } = await overview(engine);
    expect(score).toMatchObject({ score: null, terms: { tsr: null, cr: null, learning: null } });
    expect([issues, waiting]).toEqual([[], []]);
    expect(timeline[0]).toMatchObject({ type: "engine.ready" });
    expect(pause).toMatchObject({ paused: false, mode: "live" });
  });

  it("shows score, timeline, what is wrong and what waits for a person", async () => {
    const engine = await open({ playbooks: [mending({ tests: [] })] });
    await engine.publish({ type: "build.broken", data: {} });
    await run(engine, 5, false);
    await engine.agent("worse", { policy: { failureThreshold: 1 } });
    await engine.submit({ agent: "worse", retries: 0 });
    const { score, timeline, issues, waiting, agents, tasks, lastSequence } = await overview(engine);
    expect(score.terms.tsr).toBe(0);
    expect(timeline[0]?.sequence).toBe(lastSequence);
    expect(timeline.map(({ sequence }) => sequence)).toEqual(
      [...timeline.map(({ sequence }) => sequence)].sort((a, b) => b - a),
    );
    expect(issues.map(({ kind }) => kind)).toContain("failure");
    expect(waiting.map(({ kind }) => kind)).toEqual(["approval", ...Array<string>(5).fill("deadletter")]);
    expect(agents).toMatchObject({ running: 1 });
    expect(tasks).toMatchObject({ dead: 5, running: 1 });
  });
});

describe("what is measured", () => {
  it("tells response times, waits and throughput of tasks that ended, and nothing of what never happened", async () => {
    const engine = await VirtualEngine.open();
    expect(performanceOf(engine.runtime)).toMatchObject({ responseMs: null, waitMs: null, fixMs: null });
    const agent = await engine.agent("a");
    await engine.submit({ agent: "a" });
    await engine.submit({ agent: "a" });
    await engine.pass(2_000);
    agent.last.done();
    await engine.pass(4_000);
    agent.last.done();
    await engine.pass(0);
    const { responseMs, waitMs, agents } = performanceOf(engine.runtime);
    expect(responseMs).toMatchObject({ n: 2 });
    expect(waitMs?.n).toBe(2);
    expect(agents).toMatchObject([{ agent: "a" }]);
  });

  it("is a set of metrics without the agents' names", async () => {
    const engine = await open();
    await run(engine, 6, true);
    const metrics = metricsOf(engine.runtime, false);
    const one = (name: string) => metrics.find((metric) => metric.name === name);
    expect(one("aios_score")).toMatchObject({ values: [{ value: 1 }] });
    expect(one("aios_events_total")).toMatchObject({ values: [{ value: engine.events.length }] });
    expect(JSON.stringify(metrics)).not.toMatch(/good|bad/);
  });
});
