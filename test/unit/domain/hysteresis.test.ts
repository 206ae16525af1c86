import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calm, defaultHysteresis, type HysteresisState, sample } from "../../../src/domain/hysteresis.ts";

const second = 1_000;
function feed(values: readonly number[], everyMs = second, from: HysteresisState = calm) {
  const flips: { readonly index: number; readonly flip: "high" | "normal"; readonly atMs: number }[] = [];
  let state = from;
  values.forEach((value, index) => {
    const step = sample(state, value, index * everyMs);
    state = step.state;
    if (step.flip !== undefined) flips.push({ index, flip: step.flip, atMs: index * everyMs });
  });
  return { state, flips };
}

describe("hysteresis", () => {
  it("fires with the third sample in a row at the threshold", () => {
    expect(feed([80, 95, 80]).flips).toEqual([{ index: 2, flip: "high", atMs: 2 * second }]);
    expect(feed([80, 95, 79.9, 80, 80]).flips).toEqual([]);
  });

  it("clears with the third sample in a row at 70 or below, not at 75", () => {
    const high = [90, 90, 90];
    const minute = 60 * second;
    expect(feed([...high, 75, 75, 75, 75], minute).state.side).toBe("high");
    expect(feed([...high, 70, 70, 70], minute).flips.at(-1)).toEqual({ index: 5, flip: "normal", atMs: 5 * minute });
  });

  it("keeps its side for a minute after a flip, then follows the samples it counted meanwhile", () => {
    const { flips } = feed([90, 90, 90, ...Array<number>(70).fill(10)]);
    expect(flips.map(({ atMs }) => atMs)).toEqual([2 * second, 62 * second]);
  });

  it("follows its settings", () => {
    const settings = { high: 50, normal: 40, samples: 2, holdMs: 10 * second };
    const flips: string[] = [];
    let state: HysteresisState = calm;
    [49, 50, 50, 45, 40, 40, 40, 40, 40, 40, 40, 40, 40].forEach((value, index) => {
      const step = sample(state, value, index * second, settings);
      state = step.state;
      if (step.flip !== undefined) flips.push(`${step.flip} at ${index}`);
    });
    expect(flips).toEqual(["high at 2", "normal at 12"]);
  });

  it("is not moved by a value that could not be measured", () => {
    expect(feed([80, Number.NaN, 80, Number.NaN, 80]).flips).toHaveLength(1);
  });

  it("never flips twice within the hold, and always with three samples behind it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100 }), { maxLength: 300 }),
        fc.integer({ min: 1, max: 70 }),
        (values, seconds) => {
          const { flips } = feed(values, seconds * second);
          const gaps = flips.slice(1).map(({ atMs }, nth) => atMs - (flips[nth]?.atMs ?? 0));
          expect(gaps.filter((gap) => gap < defaultHysteresis.holdMs)).toEqual([]);
          const speaks = { high: (value: number) => value >= 80, normal: (value: number) => value <= 70 };
          for (const { index, flip } of flips) {
            expect(values.slice(index - 2, index + 1).filter(speaks[flip])).toHaveLength(3);
          }
        },
      ),
    );
  });
});
