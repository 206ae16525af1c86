import { describe, expect, it } from "vitest";
import { restartActor } from "../../../src/runtime/doors/restart-door.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const operator = { role: "operator", id: "me" } as const;

describe("asking for an actor to be tried again", () => {
  it("is refused for one that does not exist, and for one that is well", async () => {
    const { runtime, told } = await opened(0);
    await expect(restartActor(runtime, "agent/nobody", operator)).rejects.toMatchObject({ code: "not_found" });
    await expect(restartActor(runtime, "agent/a", operator)).rejects.toMatchObject({ code: "conflict" });
    expect(told("actor.restart_requested")).toEqual([]);
  });

  it("is refused for one that its supervisor is about to restart, which then happens by itself", async () => {
    const engine = await opened(5);
    await engine.break();
    await expect(restartActor(engine.runtime, "agent/a", operator)).rejects.toMatchObject({ code: "conflict" });
    await engine.pass(1_000);
    expect(engine.told("actor.restarted")).toHaveLength(1);
  });

  it("has one that was given up take what it had failed at and what had waited, and names who asked", async () => {
    const engine = await opened(0);
    await engine.break();
    await engine.pass(60_000);
    expect(engine.told("supervisor.escalated")).toHaveLength(1);
    expect(engine.told("actor.restarted")).toEqual([]);
    expect(await restartActor(engine.runtime, "agent/a", operator)).toMatchObject({ id: "agent/a" });
    await engine.pass(0);
    expect(engine.told("actor.restart_requested")).toMatchObject([{ data: { by: "operator:me" }, subject: "agent/a" }]);
    expect(engine.told("actor.restarted")).toHaveLength(1);
    expect(engine.runtime.host.resident("agent/a")?.held).toBeUndefined();
    expect(engine.runtime.host.snapshot("agent/a")?.context).toMatchObject({ accepting: false });
  });
});

/** An engine whose agent `a` stands at a value that cannot be read once it is broken, and is told to drain. */
async function opened(restarts: number) {
  const engine = await VirtualEngine.open({ config: { supervision: { actors: { restarts } } } });
  await engine.agent("a");
  const { runtime } = engine;
  return {
    runtime,
    told: engine.told.bind(engine),
    pass: (ms: number) => engine.pass(ms),
    async break() {
      const resident = runtime.host.resident("agent/a");
      const context = Object.defineProperty({ ...resident?.snapshot?.context }, "accepting", {
        enumerable: true,
        get: () => {
          throw new Error("this value is broken");
        },
      });
      Object.assign(resident ?? {}, { snapshot: { ...resident?.snapshot, context } });
      await runtime.agents.command("a", "drain", "to see it fail", "operator:me");
      await engine.pass(0);
      expect(engine.told("actor.failed")).toHaveLength(1);
    },
  };
}
