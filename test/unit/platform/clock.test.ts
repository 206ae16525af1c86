import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../src/platform/clock.ts";

describe("system clock", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("fires once at its time, and not a millisecond before", () => {
    const run = vi.fn();
    systemClock.at(systemClock.now() + 5_000, run);
    vi.advanceTimersByTime(4_999);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("keeps a deadline forty days away, beyond what one Node timer can hold", () => {
    const run = vi.fn();
    const fortyDaysMs = 40 * 86_400_000;
    systemClock.at(systemClock.now() + fortyDaysMs, run);
    vi.advanceTimersByTime(fortyDaysMs - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("notices within a minute that the wall clock jumped past the deadline", () => {
    const run = vi.fn();
    systemClock.at(systemClock.now() + 86_400_000, run);
    vi.setSystemTime(systemClock.now() + 2 * 86_400_000);
    vi.advanceTimersByTime(60_000);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("never fires once cancelled, also after it has slept in pieces, and takes a second cancel", () => {
    const run = vi.fn();
    const cancel = systemClock.at(systemClock.now() + 120_000, run);
    vi.advanceTimersByTime(90_000);
    cancel();
    cancel();
    vi.advanceTimersByTime(600_000);
    expect(run).not.toHaveBeenCalled();
  });

  it("fires what is overdue at once", () => {
    const run = vi.fn();
    systemClock.at(systemClock.now() - 1_000, run);
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
