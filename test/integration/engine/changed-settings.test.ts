import { describe, expect, it } from "vitest";
import type { ConfigInput } from "../../../src/config.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

/** An engine that lived under one configuration, was ended in order and begins from its checkpoint under another. */
async function underAnother(before: ConfigInput, after: ConfigInput, lived: (engine: VirtualEngine) => Promise<void>) {
  const playbooks = [mending({ target: { kind: "file", id: { $ref: "event.data.file" } }, cooldownMs: 0 })];
  const engine = await VirtualEngine.open({ playbooks, config: before });
  healthOf(engine.world, 503);
  await lived(engine);
  const stopping = engine.stop();
  await engine.pass(60_000);
  await stopping;
  return engine.reopened({ options: { playbooks, config: after } });
}

/** Calls for the remedy so many times, and lets each run end. */
async function called(engine: VirtualEngine, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    await engine.publish({ type: "build.broken", data: { file: CONFIG_FILE } });
    await engine.pass(30_000);
  }
}

const open = { targetPerHour: 99, targetPerDay: 99, playbookPerHour: 99 };
const limits = (more: NonNullable<ConfigInput["reactor"]>["limits"]) => ({ reactor: { limits: { ...open, ...more } } });

describe("a setting that was changed while the engine was down", () => {
  it("counts from its start on: how many tasks run at once", async () => {
    const at = (maxConcurrent: number) => ({ tasks: { maxConcurrent } });
    const engine = await underAnother(at(1), at(3), async (first) => {
      (await first.agent("a", { concurrency: 9 })).automatic = (call) => call.done();
      await first.submit({ agent: "a" });
      await first.pass(1_000);
    });
    const agent = await engine.agent("a", { concurrency: 9 });
    for (let n = 0; n < 5; n++) await engine.submit({ agent: "a" });
    expect(agent.working.size).toBe(3);
  });

  it("counts from its start on: what begins a storm", async () => {
    const engine = await underAnother(limits({}), limits({ stormPerMinute: 3 }), (first) => called(first, 1));
    for (let n = 0; n < 3; n++) await engine.publish({ type: "build.broken", data: { file: CONFIG_FILE } });
    expect(engine.told("reactor.storm_entered")).toHaveLength(1);
  });

  it("counts from its start on: when a playbook's breaker opens, and for how long", async () => {
    const engine = await underAnother(
      limits({ breakerFailures: 9 }),
      limits({ breakerFailures: 2, breakerOpenMs: 60_000 }),
      (first) => called(first, 1),
    );
    await called(engine, 3);
    expect(engine.told("playbook.suppressed").at(-1)?.data.reason).toBe("breaker");
    await engine.pass(60_000);
    await called(engine, 1);
    expect(engine.told("playbook.settled")).toHaveLength(3);
  });
});
