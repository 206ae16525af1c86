import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addSample,
  isNews,
  type MinuteSummary,
  type OpenMinute,
  type Sample,
  summarise,
} from "../../../src/domain/minute-summary.ts";

function summaries(samples: readonly Sample[]): MinuteSummary[] {
  const closed: MinuteSummary[] = [];
  let open: OpenMinute | undefined;
  for (const sample of samples) {
    const step = addSample(open, sample);
    open = step.open;
    if (step.closed !== undefined) closed.push(step.closed);
  }
  return open === undefined ? closed : [...closed, summarise(open)];
}

describe("a minute's summary", () => {
  it("tells means and the CPU's peak, one for each minute of the clock", () => {
    const told = summaries([
      { atMs: 0, cpuPercent: 10, memoryMiB: 100 },
      { atMs: 30_000, cpuPercent: 30, memoryMiB: 200 },
      { atMs: 60_000, cpuPercent: 50, memoryMiB: 300 },
    ]);
    expect(told).toEqual([
      { samples: 2, cpuPercent: 20, cpuPeakPercent: 30, memoryMiB: 150 },
      { samples: 1, cpuPercent: 50, cpuPeakPercent: 50, memoryMiB: 300 },
    ]);
  });

  it("leaves out what was never measured instead of calling it 0", () => {
    expect(summaries([{ atMs: 0, diskPercent: 3 }])).toEqual([{ samples: 1, diskPercent: 3 }]);
  });

  it("counts readings that are no numbers, and means only the others", () => {
    const told = summaries([
      { atMs: 0, cpuPercent: Number.NaN, diskPercent: 3 },
      { atMs: 1, cpuPercent: 20, diskPercent: Number.POSITIVE_INFINITY },
      { atMs: 2, cpuPercent: 40, diskPercent: 5 },
      { atMs: 60_000, cpuPercent: 40 },
    ]);
    expect(told).toEqual([
      { samples: 3, unreadable: 2, cpuPercent: 30, cpuPeakPercent: 40, diskPercent: 4 },
      { samples: 1, cpuPercent: 40, cpuPeakPercent: 40 },
    ]);
    expect(isNews({ samples: 3, cpuPercent: 30 }, { samples: 3, unreadable: 1, cpuPercent: 30 })).toBe(true);
  });

  it("is news when a value moved or appeared, not when it trembled", () => {
    const before = { samples: 60, cpuPercent: 10, memoryMiB: 100 };
    expect(isNews(undefined, before)).toBe(true);
    expect(isNews(before, { samples: 59, cpuPercent: 10.9, memoryMiB: 107 })).toBe(false);
    expect(isNews(before, { samples: 60, cpuPercent: 11, memoryMiB: 100 })).toBe(true);
    expect(isNews(before, { ...before, gpuPercent: 0 })).toBe(true);
  });

  it("loses no sample and keeps every mean between its extremes", () => {
    const steps = fc.array(
      fc.record({ gap: fc.integer({ min: 0, max: 90_000 }), cpu: fc.double({ min: 0, max: 400, noNaN: true }) }),
    );
    fc.assert(
      fc.property(steps, (given) => {
        let atMs = 0;
        const samples = given.map(({ gap, cpu }) => {
          atMs += gap;
          return { atMs, cpuPercent: cpu };
        });
        const told = summaries(samples);
        expect(told.reduce((sum, { samples: n }) => sum + n, 0)).toBe(samples.length);
        for (const { cpuPercent = -1, cpuPeakPercent = -1 } of told)
          expect(cpuPercent).toBeLessThanOrEqual(cpuPeakPercent);
      }),
    );
  });
});
