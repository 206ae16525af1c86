import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecentPast } from "../../../src/runtime/checkpoints/recent-past.ts";

const WINDOW_MS = 60_000;

/** Times as a journal has them: mostly rising, with rests between, and now and then a clock that was set back. */
const times = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.nat(500) }, fc.nat(90_000), fc.integer({ min: -5_000, max: 0 })))
  .map((steps) =>
    steps.map(
      (
        (at) => (step: number) =>
          (at += step)
      )(1_000_000),
    ),
  );

describe("where the recent past begins", () => {
  it("is never after an event that is young enough, also from a checkpoint on", () => {
    fc.assert(
      fc.property(times, fc.nat(100), (all, percent) => {
        const cut = Math.floor((all.length * percent) / 100);
        const events = all.map((at, index) => ({ sequence: index + 1, at }));
        const before = new RecentPast(WINDOW_MS);
        for (const event of events.slice(0, cut)) before.note(event);
        const takenAtMs = Math.max(0, ...all.slice(0, cut));
        const after = new RecentPast(WINDOW_MS);
        for (const event of events.slice(cut)) after.note(event);
        after.takeUp(before.beginOf(takenAtMs - WINDOW_MS), takenAtMs);
        const sinceMs = Math.max(0, ...all) - WINDOW_MS;
        const first = events.find(({ at }) => at >= sinceMs)?.sequence ?? events.length + 1;
        expect(after.beginOf(sinceMs)).toBeLessThanOrEqual(first);
      }),
    );
  });

  it("is the first event after a rest, not one of the last before it", () => {
    const past = new RecentPast(WINDOW_MS);
    for (let sequence = 1; sequence <= 1_000; sequence++) past.note({ sequence, at: sequence * 10 });
    for (let sequence = 1_001; sequence <= 1_010; sequence++) past.note({ sequence, at: 500_000 + sequence * 10 });
    expect(past.beginOf(511_000 - WINDOW_MS)).toBe(1_001);
  });

  it("is the beginning of the journal where nothing better is known", () => {
    expect(new RecentPast(WINDOW_MS).beginOf(0)).toBe(1);
  });
});
