import { describe, expect, it } from "vitest";
import { explainMessage } from "../../../src/runtime/doors/failure-explanation.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const YEAR_MS = 365 * 86_400_000;

async function opened() {
  const engine = await VirtualEngine.open();
  const agent = await engine.agent("reader", { policy: { failureThreshold: 1_000, cooldownMs: 1 } });
  const fail = async (message: string) => {
    await engine.submit({ agent: "reader", retries: 0 });
    agent.last.fail(message);
    await engine.pass(10_000);
  };
  return { engine, fail };
}

describe("an error that is hostile", () => {
  it.each([
    ["of a megabyte", `cannot open the archive ${"very ".repeat(210_000)}`],
    ["of one word of a megabyte", "x".repeat(1_048_576)],
    ["of binary bytes", String.fromCharCode(...Array.from({ length: 512 }, (_, n) => n % 256), 0xd800, 0xfffd)],
    ["of nothing", ""],
  ])("%s is one failure, counted and explained in few words, and no reason to stop", async (_name, message) => {
    const { engine, fail } = await opened();
    for (let n = 0; n < 3; n++) await fail(message);
    const [row, ...others] = engine.runtime.views.failures.list();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ tasks: 3, attempts: 3 });
    expect(row?.template.length).toBeLessThan(4_100);
    const explained = explainMessage(engine.runtime, message);
    expect(explained).toMatchObject({ fingerprint: row?.fingerprint, seen: true, tasks: 3 });
    expect(JSON.stringify(explained).length).toBeLessThan(60_000);
    expect(engine.runtime.bus.faults).toBe(0);
    await engine.runtime.lessons.settled();
    const [lesson] = engine.runtime.views.lessons.list();
    const kept = await engine.runtime.palace.list({ kind: "lesson" }, { space: "shared" });
    expect(kept).toMatchObject([{ key: lesson?.id, content: expect.stringContaining("Seen on 3 tasks") }]);
    const nodes = await engine.runtime.palace.list({ kind: "failure" }, { space: "shared" });
    expect(nodes).toMatchObject([{ key: `failure-${row?.fingerprint}` }]);
    await fail("disk is full");
    expect(engine.told("task.started").at(-1)?.data.lessons).toEqual([lesson?.id]);
    expect(engine.runtime.views.failures.list()).toHaveLength(2);
  });
});

describe("a clock that jumps", () => {
  it("back by an hour neither loses nor doubles what is counted", async () => {
    const { engine, fail } = await opened();
    await fail("disk is full");
    const again = await engine.reopened({ downMs: -3_600_000 });
    const [row] = again.runtime.views.failures.list();
    expect(row).toMatchObject({ tasks: 1, attempts: 1 });
    expect(again.runtime.standings.list()).toMatchObject([{ id: "reader", recent: { good: 0, n: 1 } }]);
    expect(again.runtime.bus.faults).toBe(0);
  });

  it("forward by a year and back again drafts one lesson of three failures, and leaves no old one in the window", async () => {
    const { engine, fail } = await opened();
    await fail("disk is full");
    engine.clock.jump(YEAR_MS);
    await engine.pass(2_000);
    await fail("disk is full");
    expect(engine.runtime.score.current().counts.tsr).toBe(1);
    const again = await engine.reopened({ downMs: -YEAR_MS });
    const agent = await again.agent("reader");
    await again.submit({ agent: "reader", retries: 0 });
    agent.last.fail("disk is full");
    await again.pass(10_000);
    expect(again.runtime.views.failures.list()).toMatchObject([{ tasks: 3, attempts: 3 }]);
    expect(again.told("lesson.drafted")).toHaveLength(1);
    expect(again.runtime.standings.list()).toMatchObject([{ id: "reader", recent: { good: 0, n: 3 } }]);
    expect(again.runtime.score.current().counts.tsr).toBe(2);
    expect(again.runtime.bus.faults).toBe(0);
  });
});

describe("an outcome", () => {
  it("that comes twice, or after its task was given up, counts once and as what was told first", async () => {
    const { engine, fail } = await opened();
    const agent = await engine.agent("deaf", { policy: { failureThreshold: 1_000, cooldownMs: 1 } });
    agent.isDeaf = true;
    await engine.submit({ agent: "deaf", retries: 0, timeoutMs: 1_000 });
    const late = agent.last;
    await engine.pass(30_000);
    expect(engine.told("task.failed")).toHaveLength(1);
    late.done("at last");
    await engine.pass(10_000);
    expect([engine.told("task.failed"), engine.told("task.succeeded")].map(({ length }) => length)).toEqual([1, 0]);
    await engine.submit({ agent: "deaf", retries: 0 });
    agent.last.done("well");
    agent.last.fail("not well");
    await engine.pass(10_000);
    await fail("disk is full");
    expect(engine.runtime.score.current().counts.tsr).toBe(3);
    const standings = engine.runtime.standings.list().map(({ id, recent }) => [id, recent]);
    expect(new Map(standings as [string, unknown][])).toEqual(
      new Map([
        ["deaf", { good: 1, n: 2 }],
        ["reader", { good: 0, n: 1 }],
      ]),
    );
    expect(engine.runtime.views.failures.list().map(({ tasks }) => tasks)).toEqual([1, 1]);
    expect(engine.runtime.bus.faults).toBe(0);
  });
});

describe("a sensor that reads no number", () => {
  it("is counted and said, moves no mean and no side, and starts nothing", async () => {
    const engine = await VirtualEngine.open({ config: { sensors: { enabled: true, intervalMs: 10_000 } } });
    for (let n = 0; n < 24; n++) {
      engine.world.vitals = n % 3 === 0 ? { cpu: Number.NaN, memory: 40 } : { cpu: 30, memory: 40 };
      await engine.pass(10_000);
    }
    const minutes = engine.told("resource.summary").map(({ data }) => data);
    expect(minutes.length).toBeGreaterThanOrEqual(3);
    for (const { samples, unreadable, cpuPercent, memoryPercent } of minutes.slice(1))
      expect({ samples, unreadable, cpuPercent, memoryPercent }).toEqual({
        samples: 6,
        unreadable: 2,
        cpuPercent: 30,
        memoryPercent: 40,
      });
    expect([...engine.told("resource.high"), ...engine.told("anomaly.detected")]).toEqual([]);
    expect(engine.runtime.bus.faults).toBe(0);
  });
});
