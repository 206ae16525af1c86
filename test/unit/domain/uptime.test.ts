import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alive, neverStarted, ready, started, stopped, type Uptime, uptimeShare } from "../../../src/domain/uptime.ts";

const minute = 60_000;
const steps = {
  started: (uptime: Uptime, at: number) => alive(started(uptime, at), at),
  ready: (uptime: Uptime, at: number) => alive(ready(uptime, at), at),
  stopping: (uptime: Uptime, at: number) => alive(stopped(uptime, at), at),
  other: alive,
};
function told(...events: readonly (readonly [keyof typeof steps, number])[]): Uptime {
  return events.reduce((uptime, [step, at]) => steps[step](uptime, at * minute), neverStarted);
}
const share = (uptime: Uptime, now: number) => {
  const { readyMs, spanMs } = uptimeShare(uptime, now * minute, 60 * minute);
  return [readyMs / minute, spanMs / minute];
};

describe("uptime", () => {
  it("looks at nothing before the first start", () => {
    expect(share(neverStarted, 5)).toEqual([0, 0]);
  });

  it("counts from the first start while that is younger than the window", () => {
    expect(share(told(["started", 10], ["ready", 11]), 20)).toEqual([9, 10]);
  });

  it("counts the time between stopping and the next readiness as down", () => {
    expect(share(told(["started", 0], ["ready", 0], ["stopping", 10], ["started", 30], ["ready", 31]), 40)).toEqual([
      19, 40,
    ]);
  });

  it("ends a crashed span at the last sign of life", () => {
    expect(share(told(["started", 0], ["ready", 0], ["other", 12], ["started", 30], ["ready", 30]), 40)).toEqual([
      22, 40,
    ]);
  });

  it("forgets what lies before the window", () => {
    expect(share(told(["started", 0], ["ready", 0], ["stopping", 100], ["started", 110], ["ready", 110]), 120)).toEqual(
      [50, 60],
    );
  });

  it("is never more than the time looked at", () => {
    const event = fc.tuple(fc.constantFrom("started", "ready", "stopping", "other"), fc.integer({ min: 0, max: 200 }));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.integer({ min: 0, max: 400 }), (events, now) => {
        const ordered = [...events].sort(([, a], [, b]) => a - b);
        const [readyFor = 0, span = 0] = share(told(...ordered), Math.max(now, ordered.at(-1)?.[1] ?? 0));
        expect(readyFor).toBeGreaterThanOrEqual(0);
        expect(readyFor).toBeLessThanOrEqual(span);
        expect(span).toBeLessThanOrEqual(60);
      }),
    );
  });
});
