import { describe, expect, it } from "vitest";
import { type LabelledSeries, nabScore, normalised, profiles } from "../../../eval/nab-score.ts";

const series: LabelledSeries = {
  times: Array.from({ length: 400 }, (_, n) => 300 * n),
  probation: 60,
  windows: [[300 * 100, 300 * 119]],
};
const raw = (...places: readonly number[]) =>
  nabScore(
    series,
    places.map((place) => 300 * place),
    profiles.standard,
  ).raw;

describe("the score of alerts", () => {
  it("is 100 for alerts where the windows begin, and 0 for silence", () => {
    const first = nabScore(series, [300 * 100], profiles.standard);
    expect(first).toEqual({ raw: expect.closeTo(1, 9), windows: 1, found: 1, falseAlerts: 0 });
    expect(normalised([first], profiles.standard)).toBeCloseTo(100, 9);
    expect(normalised([nabScore(series, [], profiles.standard)], profiles.standard)).toBe(0);
    expect(normalised([], profiles.standard)).toBeNull();
  });

  it("is the higher the earlier in its window an alert comes, and counts one alert a window", () => {
    expect(raw(101)).toBeGreaterThan(raw(110));
    expect(raw(110)).toBeGreaterThan(raw(119));
    expect(raw(101, 105, 110)).toBe(raw(101));
  });

  it("takes off for alerts outside, less just behind a window, and more where false alerts weigh more", () => {
    expect(raw(80) - raw()).toBeCloseTo(-0.11, 9);
    expect(raw(300) - raw()).toBeCloseTo(-0.11, 9);
    expect(raw(121) - raw()).toBeGreaterThan(-0.05);
    expect(raw(121) - raw()).toBeLessThan(0);
    expect(nabScore(series, [300 * 80], profiles.lowFalsePositives).raw).toBeCloseTo(-1.22, 9);
  });

  it("passes over alerts before the probation has ended, and times that are not in the file", () => {
    expect(raw(10, 59)).toBe(-1);
    expect(nabScore(series, [17], profiles.standard).falseAlerts).toBe(0);
  });

  it("takes a time that stands twice in the file once for each alert", () => {
    const repeated = { ...series, times: series.times.with(71, 300 * 70) };
    expect(nabScore(repeated, [300 * 70], profiles.standard).falseAlerts).toBe(1);
    expect(nabScore(repeated, [300 * 70, 300 * 70], profiles.standard).falseAlerts).toBe(2);
  });
});
