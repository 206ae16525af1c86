import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Anomaly, AnomalyDetector, type SavedDetector } from "../../../../src/domain/anomaly/detector.ts";
import { SeededEntropy } from "../../../../src/simulation/seeded-entropy.ts";

const MINUTE = 60_000;
const DAY = 1_440;

/** One sample a minute. */
function told(values: readonly number[], fromMs = 0): readonly Anomaly[] {
  const detector = new AnomalyDetector();
  return values.flatMap((value, n) => detector.update(fromMs + n * MINUTE, value) ?? []);
}

/** Load that goes up and down every 120 samples, a little uneven. */
function waves(length: number, seed: number, noise = 2): number[] {
  const chance = new SeededEntropy(seed);
  return Array.from(
    { length },
    (_, n) => 50 + 20 * Math.sin((2 * Math.PI * n) / 120) + noise * (chance.random() - 0.5),
  );
}

function written(detector: AnomalyDetector): string {
  const saved = detector.saved();
  return JSON.stringify({ ...saved, values: [...saved.values] });
}

const at = (anomaly: Anomaly) => anomaly.atMs / MINUTE;

describe("a series that keeps to its habits is left alone", () => {
  it.each([
    ["a constant", () => 7],
    ["zero", () => 0],
    ["a square wave", (n: number) => (n % 100 < 50 ? 20 : 80)],
    ["a saw", (n: number) => n % 77],
  ])("%s", (_name, value) => {
    expect(told(Array.from({ length: 2_500 }, (_, n) => value(n)))).toEqual([]);
  });

  it("uneven waves", () => {
    expect(told(waves(3_000, 3))).toEqual([]);
  });

  it("noise, but for a rare slip", () => {
    const chance = new SeededEntropy(5);
    const series = Array.from({ length: 3 }, () => Array.from({ length: 1_500 }, () => chance.random()));
    expect(series.flatMap((values) => told(values)).length).toBeLessThanOrEqual(1);
  });
});

describe("a series that leaves its habits is told of", () => {
  const changed = (change: (value: number, n: number) => number) =>
    told(waves(3_000, 1).map((value, n) => (n >= 2_500 && n < 2_560 ? change(value, n) : value)));

  it.each([
    ["a spike", (value: number, n: number) => (n === 2_500 ? value + 60 : value)],
    ["a new level", (value: number) => value + 45],
    ["a standstill", () => 50],
    ["a shape that goes the other way", (value: number) => 100 - value],
    ["an unrest", (value: number, n: number) => value + (n % 2 === 0 ? 12 : -12)],
  ])("%s, within half a wave and three times at most", (_name, change) => {
    const found = changed(change);
    expect(at(found[0] as Anomaly)).toBeGreaterThanOrEqual(2_500);
    expect(at(found[0] as Anomaly)).toBeLessThan(2_560);
    expect(found.length).toBeLessThanOrEqual(3);
  });

  it("a value beyond all earlier ones, once a day of them is known", () => {
    const chance = new SeededEntropy(9);
    const values = Array.from({ length: 2 * DAY }, () => 10 ** (3 * chance.random()));
    const first = told(values.with(DAY - 100, 1_300));
    expect(first.filter(({ reason }) => reason === "record.high")).toEqual([]);
    const later = told(values.with(DAY + 100, 1_300));
    expect(later.filter(({ reason }) => reason === "record.high").map(at)).toEqual([DAY + 100]);
  });

  it("a second spike, though the first was huge", () => {
    const values = waves(9_000, 4).with(1_700, 1e6).with(8_000, 150);
    expect(
      told(values)
        .map(at)
        .filter((n) => n >= 8_000 && n < 8_030),
    ).not.toEqual([]);
  });
});

describe("the anomaly detector", () => {
  it("says of a sample what it would say without those that follow", () => {
    const values = waves(1_500, 2).map((value, n) => (n % 700 > 660 ? value * 2 : value));
    const whole = told(values);
    expect(whole.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: values.length }), (length) => {
        expect(told(values.slice(0, length))).toEqual(whole.filter((anomaly) => at(anomaly) < length));
      }),
      { numRuns: 10 },
    );
  });

  it("goes on from where another one stood as that one would have", () => {
    const chance = new SeededEntropy(7);
    const values = Array.from({ length: 3_200 }, (_, n) => chance.random() * (n % 900 > 880 ? 9 : 1));
    for (const cut of [1, 70, 880, 2_880]) {
      const first = new AnomalyDetector();
      for (const [n, value] of values.slice(0, cut).entries()) first.update(n * MINUTE, value);
      const second = new AnomalyDetector(JSON.parse(written(first)) as SavedDetector);
      for (const [n, value] of values.slice(cut, cut + 300).entries())
        expect(second.update((cut + n) * MINUTE, value)).toEqual(first.update((cut + n) * MINUTE, value));
      expect(written(second), `cut at ${cut}`).toBe(written(first));
    }
  });

  it("says the same in other units", () => {
    const values = waves(2_000, 6).with(1_600, 130).fill(20, 1_800, 1_850);
    const plain = told(values).map(({ atMs, reason }) => ({ atMs, reason }));
    expect(plain.length).toBeGreaterThan(0);
    const bytes = told(values.map((value) => value * 2 ** 20)).map(({ atMs, reason }) => ({ atMs, reason }));
    expect(bytes).toEqual(plain);
  });

  it("passes over samples that are no numbers, as if they had not come", () => {
    const values = waves(2_000, 8).with(1_700, 140);
    const strewn = values.flatMap((value, n) =>
      n % 7 === 0 ? [Number.NaN, value, Number.POSITIVE_INFINITY, 1e200] : [value],
    );
    const detector = new AnomalyDetector();
    let n = 0;
    const found = strewn.flatMap((value) => {
      const anomaly = detector.update(n * MINUTE, value);
      if (Number.isFinite(value) && value < 1e150) n++;
      return anomaly ?? [];
    });
    expect(found).toEqual(told(values));
    expect(detector.update(Number.NaN, 1e6)).toBeUndefined();
  });

  it("takes up a series again after a hole, without calling the hole odd", () => {
    const values = waves(4_000, 10);
    const detector = new AnomalyDetector();
    const found = values.flatMap((value, n) =>
      n > 2_000 && n < 2_430 ? [] : (detector.update(n * MINUTE, value) ?? []),
    );
    expect(found).toEqual([]);
  });

  it("bears a clock that stands still or runs backwards", () => {
    const chance = new SeededEntropy(3);
    const detector = new AnomalyDetector();
    const found = waves(2_500, 11).flatMap(
      (value, n) => detector.update((n - Math.floor(20 * chance.random())) * MINUTE, value) ?? [],
    );
    expect(found).toEqual([]);
  });

  it("asks nothing of a series that it hardly knows", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 300 }), (values) => {
        expect(told(values)).toEqual([]);
      }),
    );
  });

  it("pauses between alerts while a series does not calm down", () => {
    const values = waves(3_000, 12).map((value, n) => (n >= 2_000 ? value + 400 * ((n * 7_919) % 13) : value));
    const alerts = told(values).filter(({ surprise }) => surprise !== null);
    const pauses = alerts.slice(1).map((alert, n) => at(alert) - at(alerts[n] as Anomaly));
    expect(alerts.length).toBeGreaterThan(0);
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(72);
    expect(alerts.length).toBeLessThanOrEqual(5);
  });
});
