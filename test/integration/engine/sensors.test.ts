import { describe, expect, it } from "vitest";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const INTERVAL_MS = 5_000;

/** An engine that measures the machine. */
async function open(holdMs = 60_000): Promise<VirtualEngine> {
  const sensors = { enabled: true, intervalMs: INTERVAL_MS, samples: 3, holdMs };
  const engine = await VirtualEngine.open({ config: { sensors } });
  engine.world.vitals = { cpu: 10, memory: 20 };
  return engine;
}

const crossings = (engine: VirtualEngine) =>
  engine.events
    .filter(({ type }) => type === "resource.high" || type === "resource.normal")
    .map(({ type, data }) => `${type} ${(data as { resource: string }).resource}`);

describe("the sensors of an engine", () => {
  it("tell that the machine is high after three samples, once, and that it is normal again after three others", async () => {
    const engine = await open();
    engine.world.vitals = { cpu: 85 };
    await engine.pass(2 * INTERVAL_MS);
    expect(crossings(engine)).toEqual([]);
    await engine.pass(INTERVAL_MS);
    expect(crossings(engine)).toEqual(["resource.high cpu"]);
    expect(engine.told("resource.high")).toMatchObject([
      { subject: "host", data: { scope: "host", value: 85, threshold: 80, samples: 3 } },
    ]);
    await engine.pass(120_000);
    engine.world.vitals = { cpu: 75 };
    await engine.pass(120_000);
    expect(crossings(engine)).toHaveLength(1);
    engine.world.vitals = { cpu: 70 };
    await engine.pass(3 * INTERVAL_MS);
    expect(crossings(engine)).toEqual(["resource.high cpu", "resource.normal cpu"]);
  });

  it("tell no crossing sooner after another than they are held", async () => {
    const engine = await open();
    engine.world.vitals = { cpu: 99 };
    await engine.pass(3 * INTERVAL_MS);
    engine.world.vitals = { cpu: 1 };
    await engine.pass(50_000);
    expect(crossings(engine)).toHaveLength(1);
    await engine.pass(15_000);
    expect(crossings(engine)).toHaveLength(2);
  });

  it("forget a high sample that was followed by a normal one", async () => {
    const engine = await open();
    for (let n = 0; n < 6; n++) {
      engine.world.vitals = { cpu: n % 3 === 2 ? 10 : 99 };
      await engine.pass(INTERVAL_MS);
    }
    expect(crossings(engine)).toEqual([]);
  });

  it("leave out what cannot be measured, and go on after a reading that failed", async () => {
    const engine = await open();
    engine.world.vitals = {};
    await engine.pass(130_000);
    expect(crossings(engine)).toEqual([]);
    for (const { data } of engine.told("resource.summary")) expect(data.cpuPercent).toBeUndefined();
    engine.world.vitals = new Error("no /proc");
    await engine.pass(INTERVAL_MS);
    engine.world.vitals = { cpu: 95 };
    await engine.pass(3 * INTERVAL_MS);
    expect(crossings(engine)).toEqual(["resource.high cpu"]);
  });

  it("write one summary a minute and no sample", async () => {
    const engine = await open();
    const before = engine.events.length;
    await engine.pass(600_000);
    const written = engine.events.slice(before).map(({ type }) => type);
    expect(new Set(written)).toEqual(new Set(["resource.summary"]));
    expect(written.length).toBeGreaterThanOrEqual(9);
    expect(written.length).toBeLessThanOrEqual(10);
  });

  it("stop with their engine", async () => {
    const engine = await open();
    await engine.pass(INTERVAL_MS);
    await engine.stop();
    const { length } = engine.events;
    engine.world.vitals = { cpu: 99 };
    await engine.pass(600_000);
    expect(engine.events).toHaveLength(length);
  });
});
