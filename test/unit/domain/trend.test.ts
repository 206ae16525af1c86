import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutcomeTrend, type Trend } from "../../../src/domain/trend.ts";

/** A small generator of chance that repeats (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function run(outcomes: Iterable<boolean>): {
  readonly trend: OutcomeTrend;
  readonly told: { at: number; trend: Trend }[];
} {
  const trend = new OutcomeTrend();
  const told: { at: number; trend: Trend }[] = [];
  let at = 0;
  for (const ok of outcomes) {
    trend.add(ok, at++);
    const { current } = trend;
    if (told.at(-1)?.trend.kind !== current.kind) told.push({ at, trend: current });
  }
  return { trend, told };
}

function* stream(rates: readonly (readonly [number, number])[], seed: number): Generator<boolean> {
  const random = chance(seed);
  for (const [n, rate] of rates) for (let i = 0; i < n; i++) yield random() < rate;
}

/** The scan as it is written down, over plain arrays: what it says after each outcome. The time of outcome i is i. */
function plainTrends(outcomes: readonly boolean[]): Trend[] {
  const f = (s: number, n: number) =>
    (s === 0 ? 0 : s * Math.log(s / n)) + (n - s === 0 ? 0 : (n - s) * Math.log((n - s) / n));
  const wins = (from: number, to: number) => outcomes.slice(from, to).filter(Boolean).length;
  const g = (lo: number, k: number, t: number) =>
    f(wins(lo, k), k - lo) + f(wins(k, t), t - k) - f(wins(lo, t), t - lo);
  const says: Trend[] = [];
  let start = 0;
  let verdict: { readonly trend: Trend; readonly at: number } | undefined;
  for (let t = 1; t <= outcomes.length; t++) {
    const lo = Math.max(start, t - 1000);
    const stretches = [10, 14, 20, 28, 40, 57, 80, 113, 160, 226, 320, 453].filter((w) => t - w - lo >= 50);
    const best = stretches
      .map((w) => ({ w, g: g(lo, t - w, t) }))
      .reduce((most, each) => (each.g > most.g ? each : most), { w: 0, g: 0 });
    const k = t - best.w;
    const kind = wins(k, t) / best.w < wins(lo, k) / (k - lo) ? "degrading" : "improving";
    if (best.g >= 7.5) {
      const splits = Array.from({ length: t - 5 - (lo + 10) + 1 }, (_, i) => lo + 10 + i);
      const since = splits.reduce((most, each) => (g(lo, each, t) > g(lo, most, t) ? each : most));
      const possible = splits.filter((each) => g(lo, each, t) >= g(lo, since, t) - 2);
      const within = { sinceMs: since, earliestMs: Math.min(...possible), latestMs: Math.max(...possible) };
      verdict = { trend: { kind, ...within, sure: Math.max(0, 1 - 200 * Math.exp(-best.g)) }, at: t };
      start = since;
    }
    if (t < 60) says.push({ kind: "unknown", outcomes: t });
    else if (verdict !== undefined && t - verdict.at < 200) says.push(verdict.trend);
    else says.push({ kind: "stable", ...(best.g >= 5.5 && best.g < 7.5 && { watched: kind }) });
  }
  return says;
}

describe("the trend", () => {
  it("is unknown before 60 outcomes and stable after them while nothing changes", () => {
    const { told } = run(Array<boolean>(300).fill(true));
    expect(told.map(({ at, trend }) => [at, trend.kind])).toEqual([
      [1, "unknown"],
      [60, "stable"],
    ]);
  });

  it("sees as early as it may: ten outcomes after the first fifty", () => {
    const { told } = run([...Array<boolean>(50).fill(true), ...Array<boolean>(10).fill(false)]);
    expect(told.map(({ at, trend }) => [at, trend.kind])).toEqual([
      [1, "unknown"],
      [60, "degrading"],
    ]);
  });

  it("watches in silence what may become a change", () => {
    const { trend, told } = run(Array.from({ length: 200 }, (_, at) => at !== 193 && at !== 196));
    expect(told.map(({ trend: { kind } }) => kind)).toEqual(["unknown", "stable"]);
    expect(trend.current).toEqual({ kind: "stable", watched: "degrading" });
  });

  it("sees a drop, dates it, and says how sure it is", () => {
    const { told } = run(
      stream(
        [
          [300, 0.95],
          [100, 0.5],
        ],
        7,
      ),
    );
    const verdict = told.map(({ trend }) => trend).find(({ kind }) => kind === "degrading");
    expect(verdict).toMatchObject({ kind: "degrading" });
    const { sinceMs, earliestMs, latestMs, sure } = verdict as Extract<Trend, { kind: "degrading" }>;
    expect(Math.abs(sinceMs - 300)).toBeLessThan(25);
    expect(earliestMs).toBeLessThanOrEqual(sinceMs);
    expect(latestMs).toBeGreaterThanOrEqual(sinceMs);
    expect(sure).toBeGreaterThan(0.8);
  });

  it("sees an improvement, and lets the verdict end after 200 outcomes without another", () => {
    const { told } = run([...Array<boolean>(200).fill(false), ...Array<boolean>(500).fill(true)]);
    expect(told.map(({ trend }) => trend.kind)).toEqual(["unknown", "stable", "improving", "stable"]);
    const [, , improving, calm] = told;
    expect((calm?.at ?? 0) - (improving?.at ?? 0)).toBe(200);
  });

  it("seldom finds a change where there is none: at most 2 in 10,000 outcomes at rate .9", () => {
    const { told } = run(stream([[10_000, 0.9]], 11));
    expect(
      told.filter(({ trend }) => trend.kind === "degrading" || trend.kind === "improving").length,
    ).toBeLessThanOrEqual(2);
  });

  it("equals the scan written over plain arrays, also past the 1,000 outcomes it looks back on", () => {
    const stretch = fc.tuple(fc.integer({ min: 20, max: 500 }), fc.constantFrom(0, 0.1, 0.5, 0.9, 1));
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 4 }), fc.integer(), (rates, seed) => {
        const outcomes = [...stream(rates, seed)];
        const trend = new OutcomeTrend();
        const says = outcomes.map((ok, index) => {
          trend.add(ok, index);
          return trend.current;
        });
        expect(says).toEqual(plainTrends(outcomes));
      }),
      { numRuns: 10 },
    );
  });
});
