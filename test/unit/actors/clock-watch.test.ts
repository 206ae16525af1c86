import { describe, expect, it, onTestFinished } from "vitest";
import { ClockWatch } from "../../../src/actors/clock-watch.ts";
import { EventBus } from "../../../src/events/bus.ts";
import { is } from "../../../src/events/envelope.ts";
import { VolatileJournal } from "../../../src/events/volatile-journal.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const DAY_MS = 86_400_000;

async function watched(lastAtMs?: number) {
  const clock = new VirtualClock();
  const bus = new EventBus({ clock, entropy: new SeededEntropy(1), log: silentLog, journal: new VolatileJournal() });
  const told: object[] = [];
  bus.fold((event) => {
    if (is(event, "clock.jumped")) told.push(event.data);
  });
  let setBackMs = 0;
  const watch = new ClockWatch({ bus, clock, log: silentLog, wall: () => clock.now() - setBackMs });
  onTestFinished(() => watch.stop());
  watch.start(lastAtMs);
  await clock.advance(0);
  const setBack = (ms: number) => {
    setBackMs += ms;
  };
  return { clock, told, setBack };
}

describe("the watch over the machine's clock", () => {
  it("says nothing while time only passes, or is kept right", async () => {
    const { clock, told, setBack } = await watched();
    await clock.advance(60_000);
    setBack(900);
    await clock.advance(60_000);
    expect(told).toEqual([]);
  });

  it("tells once that the clock was set back a day, and how far the engine's time is ahead", async () => {
    const { clock, told, setBack } = await watched();
    setBack(DAY_MS);
    await clock.advance(60_000);
    expect(told).toEqual([{ byMs: -DAY_MS, how: "not_followed", aheadMs: DAY_MS }]);
  });

  it("tells that the clock went forward", async () => {
    const { clock, told } = await watched();
    clock.jump(DAY_MS);
    await clock.advance(1_000);
    expect(told).toEqual([{ byMs: DAY_MS, how: "followed", aheadMs: 0 }]);
  });

  it("tells at the start that the journal is ahead of the clock", async () => {
    const { told } = await watched(new VirtualClock().now() + DAY_MS);
    expect(told).toEqual([{ byMs: -DAY_MS, how: "before_start", aheadMs: 0 }]);
  });
});

describe("an engine whose machine's clock goes forward by a day", () => {
  it("tells so also where the last checkpoint stands for the whole journal", async () => {
    const engine = await VirtualEngine.open({});
    await engine.stop();
    const next = await engine.reopened({ downMs: -DAY_MS });
    await next.pass(1);
    expect(next.told("clock.jumped").map(({ data }) => data.how)).toEqual(["before_start"]);
  });

  it("lets what is overdue happen once", async () => {
    const engine = await VirtualEngine.open({ config: { agents: { policy: { cooldownMs: 60_000 } } } });
    const puppet = await engine.agent("a");
    await engine.submit({ agent: "a", retries: 0 });
    puppet.last.fail("no");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("blocked");
    engine.clock.jump(DAY_MS);
    await engine.pass(2_000);
    expect(engine.stateOf("a")).toBe("idle");
    await engine.pass(120_000);
    const fired = engine.told("deadline.fired").filter(({ data }) => data.actor === "agent/a");
    expect(fired).toHaveLength(1);
    expect(engine.told("clock.jumped")).toHaveLength(1);
  });
});
