import { describe, expect, it } from "vitest";
import { type Bar, type Figure, judge, type Reading } from "../../../bench/figure.ts";
import { Samples } from "../../../bench/samples.ts";

function figure(ours: Partial<Reading>, ...bars: readonly Bar[]): Figure {
  return {
    figure: "f",
    measures: "m",
    unit: "ms",
    ours: { name: "ours", n: 1, ...ours },
    bars,
    beside: [],
    notMeasured: "the rest",
  };
}

describe("a figure", () => {
  it("meets its bar at the very limit, from whichever side it has to be reached", () => {
    const read = figure(
      { perSecond: 20_000, value: 2 },
      { of: "perSecond", must: "at least", limit: 20_000 },
      { of: "value", must: "at most", limit: 2 },
    );
    expect(judge(read).map(({ met }) => met)).toEqual([true, true]);
  });

  it("misses it beyond", () => {
    const read = figure(
      { perSecond: 19_999, value: 2.1 },
      { of: "perSecond", must: "at least", limit: 20_000 },
      { of: "value", must: "at most", limit: 2 },
    );
    expect(judge(read).map(({ met }) => met)).toEqual([false, false]);
  });

  it("does not meet a bar whose number was not measured", () => {
    const [judged] = judge(figure({ value: 1 }, { of: "p99", must: "at most", limit: 25 }));
    expect(judged).toMatchObject({ measured: null, met: false });
  });
});

describe("samples", () => {
  it("give quantiles that were really measured, and the largest", () => {
    const samples = new Samples();
    for (let value = 1; value <= 100_000; value++) samples.add(value);
    expect(samples.count).toBe(100_000);
    expect(samples.spread()).toEqual({ p50: 50_000, p95: 95_000, p99: 99_000, max: 100_000 });
  });

  it("are not made up where there are none", () => {
    expect(() => new Samples().spread()).toThrow("nothing was measured");
  });
});
