import { describe, expect, it } from "vitest";
import { httpDoors } from "../../../src/runtime/doors/http-doors.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const broken = { type: "build.broken", data: {} } as const;
const settled = (engine: VirtualEngine) => engine.told("playbook.settled").map(({ data }) => data);

async function withRemedy(): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ playbooks: [mending()] });
  await engine.world.files.write(CONFIG_FILE, "old");
  healthOf(engine.world, 200);
  return engine;
}

describe("while the journal takes nothing", () => {
  it("nothing new is accepted, and the engine says that it is not ready and why", async () => {
    const engine = await VirtualEngine.open();
    await engine.agent("a");
    engine.refuseWrites("journal.unavailable");
    await expect(engine.submit({ agent: "a" })).rejects.toMatchObject({ code: "journal.unavailable" });
    expect(engine.runtime.views.tasks.list()).toEqual([]);
    const doors = httpDoors(engine.runtime, {
      version: "0",
      tokens: undefined as never,
      pages: undefined as never,
      settings: { allowedHosts: [] },
      backup: undefined as never,
      ready: () => true,
    });
    expect(await doors.readiness()).toMatchObject({ ready: false, why: ["the disk is full"] });
    engine.refuseWrites();
    await engine.submit({ agent: "a" });
    expect(await doors.readiness()).toMatchObject({ ready: true, why: [] });
  });

  it("an engine does not start, and nothing of it goes on", async () => {
    for (const fullFrom of ["engine.started", "playbook.loaded", "engine.ready"] as const) {
      const clock = new VirtualClock();
      await expect(VirtualEngine.open({ clock, fullFrom })).rejects.toMatchObject({ code: "journal.unavailable" });
      expect([fullFrom, clock.armed]).toEqual([fullFrom, 0]);
    }
  });

  it.each(["journal.unavailable", "busy"] as const)(
    "a task that ends is told when it takes events again (%s)",
    async (code) => {
      const engine = await VirtualEngine.open();
      const agent = await engine.agent("a", { concurrency: 2 });
      const [good, bad] = [await engine.submit({ agent: "a" }), await engine.submit({ agent: "a", retries: 0 })];
      engine.refuseWrites(code);
      agent.calls[0]?.done("well");
      agent.calls[1]?.fail("no");
      await engine.pass(60_000);
      expect([engine.task(good).state, engine.task(bad).state]).toEqual(["running", "running"]);
      engine.refuseWrites();
      await engine.pass(10_000);
      expect(engine.task(good)).toMatchObject({ state: "succeeded", output: "well" });
      expect(engine.task(bad)).toMatchObject({ state: "dead", error: { message: "no", reason: "error" } });
      expect(agent.calls).toHaveLength(2);
    },
  );

  it("a task whose turn has come begins once that can be written", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    await engine.submit({ agent: "a" });
    const second = await engine.submit({ agent: "a", timeoutMs: 5_000 });
    agent.last.done();
    await engine.pass(0);
    const third = await engine.submit({ agent: "a" });
    expect(engine.task(second).state).toBe("running");
    // Its place is taken by nobody, and its time does not run while it waits.
    engine.refuseWrites("journal.unavailable");
    agent.last.done();
    await engine.pass(60_000);
    engine.refuseWrites();
    await engine.pass(10_000);
    expect(engine.task(third).state).toBe("running");
    agent.last.done();
    await engine.pass(0);
    expect(engine.task(third).state).toBe("succeeded");
  });

  it("a remedy waits at whatever point it was, and goes on afterwards with each effect once", async () => {
    for (const point of [
      "playbook.matched",
      "run.prechecked",
      "run.step_started",
      "run.step_completed",
      "run.probed",
    ]) {
      const engine = await withRemedy();
      const stop = engine.runtime.bus.subscribe({ topic: point }, () => engine.refuseWrites("journal.unavailable"), {
        name: "full",
      });
      await engine.publish(broken);
      await engine.pass(5_000);
      expect([point, settled(engine)]).toEqual([point, []]);
      stop[Symbol.dispose]();
      engine.refuseWrites();
      await engine.pass(60_000);
      expect([point, settled(engine)]).toMatchObject([point, [{ outcome: "fixed", rollback: "none" }]]);
      expect(engine.told("run.step_completed")).toHaveLength(1);
    }
  });

  it("an event that calls for a remedy is answered afterwards", async () => {
    const engine = await withRemedy();
    const { bus } = engine.runtime;
    bus.fold(({ type }) => {
      if (type === broken.type) engine.refuseWrites("journal.unavailable");
    });
    await bus.publish(broken);
    await engine.pass(60_000);
    expect(engine.told("playbook.matched")).toEqual([]);
    engine.refuseWrites();
    await engine.pass(60_000);
    expect(settled(engine)).toMatchObject([{ outcome: "fixed" }]);
  });

  it("the engine still stops, and what it could not tell counts as interrupted at the next start", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const task = await engine.submit({ agent: "a" });
    engine.refuseWrites("journal.unavailable");
    agent.last.done("lost");
    const stopping = engine.stop();
    await engine.pass(60_000);
    await stopping;
    const again = await engine.reopened();
    expect(again.told("engine.started").at(-1)?.data.previous).toBe("crashed");
    agent.last.done("again");
    await again.pass(0);
    expect(again.task(task)).toMatchObject({ state: "succeeded", output: "again", attempts: 2 });
  });
});

describe("output that cannot be kept", () => {
  it("fails the attempt in words of its own, and is tried again", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy: { cooldownMs: 1 } });
    const write = engine.world.files.write.bind(engine.world.files);
    engine.world.files.write = () => Promise.reject(new Error("ENOSPC: no space left on device"));
    const task = await engine.submit({ agent: "a" });
    agent.last.done("x".repeat(100_000));
    await engine.pass(0);
    expect(engine.task(task)).toMatchObject({
      state: "waiting",
      error: { reason: "output", message: expect.stringContaining("could not be kept: ENOSPC") as string },
    });
    engine.world.files.write = write;
    await engine.pass(10_000);
    agent.last.done("x".repeat(100_000));
    await engine.pass(0);
    expect(engine.task(task)).toMatchObject({ state: "succeeded", outputBytes: 100_002 });
  });
});
