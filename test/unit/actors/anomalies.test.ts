import { describe, expect, it } from "vitest";
import { anomalyReflex } from "../../../src/actors/anomalies.ts";
import { configure } from "../../../src/config/configure.ts";
import type { EventData } from "../../../src/events/catalog.ts";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import { madeNow } from "../../../src/kernel/checkpointed.ts";
import type { Announcement } from "../../../src/machines/output.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { heard } from "../../support/heard.ts";

const MINUTE = 60_000;
const settings = configure({ env: {} }).config.sensors.anomalies;
const open = (changed: Partial<typeof settings> = {}) => anomalyReflex({ ...settings, ...changed });

/** What is announced of each event, with its place. */
function told(reflex: ReturnType<typeof open>, events: readonly AnyEvent[]) {
  return events.flatMap((event, n) =>
    reflex.hear(event).map((output) => ({ n, ...(output as Announcement & { event: "anomaly.detected" }) })),
  );
}

const minute = (n: number, data: Partial<EventData<"resource.summary">>) =>
  heard("resource.summary", { scope: "host", samples: 12, ...data }, n * MINUTE);

function done(atMs: number, durationMs: number, agentId = "coder") {
  const data = { taskId: `t${atMs}`, agentId, attempt: 1, key: "k", durationMs, outputBytes: 0 };
  return heard("task.succeeded", data as EventData<"task.succeeded">, atMs);
}

/** Load that goes up and down, a little uneven. */
function load(length: number) {
  const chance = new SeededEntropy(11);
  return Array.from({ length }, (_, n) => 40 + 10 * Math.sin(n / 20) + chance.random());
}

describe("anomalies", () => {
  it("are told of the machine's minute that leaves its habits, and of none before", () => {
    const values = load(900).with(800, 97);
    const found = told(
      open(),
      values.map((cpuPercent, n) => minute(n, { cpuPercent })),
    );
    expect(found).toMatchObject([
      {
        n: 800,
        event: "anomaly.detected",
        subject: "host",
        data: { scope: "host", what: "cpu", unit: "percent", value: 97 },
      },
    ]);
    expect(Object.keys(found[0]?.data ?? {})).not.toContain("agentId");
  });

  it("are told of how long an agent's tasks take", () => {
    const values = load(900).with(850, 2_000);
    const found = told(
      open(),
      values.map((ms, n) => done(n * 2_000, ms)),
    );
    expect(found).toMatchObject([
      { n: 850, subject: "agent/coder", data: { what: "latency", value: 2_000, unit: "ms" } },
    ]);
  });

  it("count tasks that end in the same moment as one sample, by their mean, whatever the clock does", () => {
    const reflex = open({ series: 1 });
    const events = [0, 100, 500, 1_200].map((at, index) => done(at, 10 * index)).concat(done(-3_600_000, 50));
    expect(told(reflex, events)).toEqual([]);
    const { series } = madeNow(reflex.state === "none" ? undefined : reflex.state.snapshot()) as {
      series: readonly [string, { detector: { values: readonly number[] } }][];
    };
    expect(series).toMatchObject([["agent/coder latency", { detector: { values: [0, 20, 50] } }]]);
  });

  it("count an agent's minutes that had nothing new by the value they had", () => {
    const agent = { scope: "agent", agentId: "coder" } as const;
    const events = [
      minute(0, { ...agent, memoryMiB: 100 }),
      minute(900, { ...agent, memoryMiB: 110, unchanged: 899 }),
      minute(901, { ...agent, memoryMiB: 400 }),
    ];
    expect(told(open(), events)).toMatchObject([{ n: 1, data: { what: "memory", value: 110 } }]);
    const without = events.map((event) => ({ ...event, data: { ...event.data, unchanged: undefined } }) as AnyEvent);
    expect(told(open(), without)).toEqual([]);
  });

  it("are silent about a quiet series with gaps and minutes that were not measured", () => {
    const values = load(1_500);
    const events = values.flatMap((cpuPercent, n) =>
      n % 400 > 380 ? [] : [minute(n, n % 9 === 0 ? {} : { cpuPercent }), minute(n, { memoryPercent: Number.NaN })],
    );
    expect(told(open(), events)).toEqual([]);
  });

  it("stand after a restart where they stood", () => {
    const events = load(900)
      .with(700, 97)
      .with(860, 96)
      .map((cpuPercent, n) => minute(n, { cpuPercent }));
    const whole = told(open(), events);
    expect(whole.length).toBeGreaterThan(0);
    for (const cut of [1, 300, 699, 701, 850]) {
      const [first, second] = [open(), open()];
      const before = told(first, events.slice(0, cut));
      if (first.state === "none" || second.state === "none") throw new Error("it has a state");
      second.state.restore(JSON.parse(JSON.stringify(madeNow(first.state.snapshot()))));
      const after = told(second, events.slice(cut)).map(({ n, ...output }) => ({ n: n + cut, ...output }));
      expect([...before, ...after], `cut at ${cut}`).toEqual(whole);
    }
  });

  it("follow so many series and say once that there are more; one silent for an hour makes room", () => {
    const reflex = open({ series: 2 });
    const at = (ms: number, id: string) => told(reflex, [done(ms, 5, id)]);
    expect([at(0, "a"), at(1, "b")]).toEqual([[], []]);
    expect(at(2, "c")).toMatchObject([{ event: "anomaly.unfollowed", data: { series: 2, first: "agent/c latency" } }]);
    expect(at(3, "d")).toEqual([]);
    at(3_600_000, "e");
    const names = (madeNow(reflex.state === "none" ? {} : reflex.state.snapshot()) as { series: [string][] }).series;
    expect(names.map(([name]) => name)).toEqual(["agent/b latency", "agent/e latency"]);
  });

  it("forget an agent that is archived, and follow nothing when they are off", () => {
    const reflex = open();
    told(reflex, [done(0, 5), heard("agent.archived", { agentId: "coder" } as EventData<"agent.archived">)]);
    expect(madeNow(reflex.state === "none" ? {} : reflex.state.snapshot())).toMatchObject({ series: [] });
    const off = open({ enabled: false });
    told(off, [done(0, 5)]);
    expect(madeNow(off.state === "none" ? {} : off.state.snapshot())).toMatchObject({ series: [] });
  });
});
