import { describe, expect, it } from "vitest";
import { Sensors } from "../../../src/actors/sensors.ts";
import { configure } from "../../../src/config/configure.ts";
import type { Publishable } from "../../../src/events/bus.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { ProcessIdentity, ProcessUsage } from "../../../src/kernel/processes.ts";
import { untold } from "../../../src/kernel/vitals.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const MIB = 1024 * 1024;
const settings = configure({ env: {} }).config.sensors;
const identity: ProcessIdentity = { pid: 100, startTime: "1", bootId: "b", ownerToken: "o" };

/** Per cent of one core from now on; `waited` is undefined where the kernel does not tell. */
interface Load {
  used: number;
  waited?: number | undefined;
  memoryMiB?: number;
}

/** Sensors of one agent whose process has the load that a test gives it, on a virtual clock. */
function open(load: Load) {
  const clock = new VirtualClock();
  const published: Publishable[] = [];
  const cpu = { usedMs: 0, waitedMs: 0, atMs: 0 };
  let processes: readonly ProcessIdentity[] = [identity];
  let gone = false;
  const read = (): ProcessUsage => {
    const passed = clock.monotonic() - cpu.atMs;
    cpu.usedMs += (passed * load.used) / 100;
    cpu.waitedMs += (passed * (load.waited ?? 0)) / 100;
    cpu.atMs = clock.monotonic();
    return {
      cpuMs: cpu.usedMs,
      ...(load.waited === undefined ? {} : { waitedMs: cpu.waitedMs }),
      rssBytes: (load.memoryMiB ?? 10) * MIB,
      processes: 1,
      atMs: clock.monotonic(),
    };
  };
  const sensors = new Sensors({
    bus: {
      publish: async (draft) => {
        published.push(draft);
        return { id: `e${published.length}`, sequence: published.length };
      },
    },
    clock,
    log: silentLog,
    vitals: { ...untold, host: async () => ({}) },
    processes: { usage: async () => (gone ? undefined : read()) },
    agents: () => [{ id: "coder", processes }],
    settings,
  });
  sensors.start();
  const crossings = () => published.filter(({ type }) => type === "resource.high" || type === "resource.normal");
  return {
    clock,
    sensors,
    crossings,
    samples: (n: number) => clock.advance(n * settings.intervalMs),
    endProcess: () => {
      gone = true;
    },
    forgetProcess: () => {
      processes = [];
    },
  };
}

describe("the sensors", () => {
  it("tell of an agent that keeps a core busy once three samples said so, not before", async () => {
    const { samples, crossings } = open({ used: 99 });
    // The first sample of a process has no time to belong to.
    await samples(3);
    expect(crossings()).toEqual([]);
    await samples(1);
    expect(crossings()).toEqual([
      {
        type: "resource.high",
        subject: "agent/coder",
        data: {
          scope: "agent",
          agentId: "coder",
          pid: 100,
          resource: "cpu",
          unit: "percent",
          value: 99,
          waited: 0,
          threshold: 80,
          samples: 3,
        },
      },
    ]);
  });

  it("see a runaway that others keep from the core, and say what it waited for", async () => {
    const { samples, crossings, sensors } = open({ used: 35, waited: 62 });
    await samples(4);
    expect(crossings()).toMatchObject([{ type: "resource.high", data: { value: 97, waited: 62 } }]);
    expect(sensors.lastOf("coder")).toMatchObject({ cpuPercent: 35 });
  });

  it("take no agent for a runaway that used and waited little", async () => {
    const { samples, crossings } = open({ used: 20, waited: 30 });
    await samples(10);
    expect(crossings()).toEqual([]);
  });

  it("judge by what was used alone where the kernel does not count waiting", async () => {
    const { samples, crossings } = open({ used: 85, waited: undefined });
    await samples(4);
    expect(crossings()).toMatchObject([{ data: { value: 85, waited: 0 } }]);
  });

  it("do not call a process calm in a fresh reading because others keep it from the core", async () => {
    const { clock, sensors } = open({ used: 30, waited: 68 });
    const reading = sensors.reading({ agentId: "coder" }, "cpu");
    await clock.advance(1_000);
    expect((await reading)?.value).toBeCloseTo(98);
  });

  it("know nothing of an agent any more whose process has ended", async () => {
    for (const end of ["endProcess", "forgetProcess"] as const) {
      const opened = open({ used: 5, memoryMiB: 64 });
      await opened.samples(2);
      expect(opened.sensors.lastOf("coder")).toMatchObject({ memoryMiB: 64 });
      opened[end]();
      await opened.samples(1);
      expect(opened.sensors.lastOf("coder")).toBeUndefined();
    }
  });
});
