import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSystemClock } from "../../../src/platform/clock.ts";
import { machineTime, steadyTime } from "../../../src/platform/steady-time.ts";

const DAY_MS = 86_400_000;

/** A machine's clock that a test sets. */
function machine() {
  const at = { wall: 1_000_000, elapsed: 5 };
  return {
    time: { wall: () => at.wall, elapsed: () => at.elapsed },
    passes: (ms: number) => {
      at.wall += ms;
      at.elapsed += ms;
    },
    set: (byMs: number) => {
      at.wall += byMs;
    },
  };
}

describe("steady time", () => {
  it("is the machine's time while nobody sets it", () => {
    const { time, passes } = machine();
    const now = steadyTime(time);
    expect(now()).toBe(1_000_000);
    passes(1_234);
    expect(now()).toBe(1_001_234);
  });

  it("goes on by what passes when the clock is set back a day, and is the machine's again once that has caught up", () => {
    const { time, passes, set } = machine();
    const now = steadyTime(time);
    now();
    set(-DAY_MS);
    expect(now()).toBe(1_000_000);
    passes(60_000);
    expect(now()).toBe(1_060_000);
    set(DAY_MS + 7);
    expect(now()).toBe(1_060_007);
  });

  it("follows a clock that is set forward, as after a sleep", () => {
    const { time, set } = machine();
    const now = steadyTime(time);
    now();
    set(DAY_MS);
    expect(now()).toBe(1_000_000 + DAY_MS);
  });

  it("never goes back and never runs slower than time passes, whatever is done to the clock", () => {
    const step = fc.record({ passes: fc.nat(100_000), set: fc.integer({ min: -DAY_MS, max: DAY_MS }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const { time, passes, set } = machine();
        const now = steadyTime(time);
        let before = now();
        for (const { passes: ms, set: byMs } of steps) {
          set(byMs);
          passes(ms);
          const after = now();
          expect(after).toBeGreaterThanOrEqual(before + ms);
          expect(after).toBeGreaterThanOrEqual(time.wall());
          before = after;
        }
      }),
    );
  });
});

describe("a timer of the system's clock", () => {
  it("fires once when its time has passed, though the machine's clock was set back a day meanwhile", async () => {
    let setBackMs = 0;
    const clock = createSystemClock({ time: { ...machineTime, wall: () => Date.now() - setBackMs } });
    const armedAtMs = clock.now();
    let fired = 0;
    const firedAtMs = await new Promise<number>((resolve) => {
      clock.at(armedAtMs + 40, () => {
        fired += 1;
        resolve(clock.now());
      });
      setBackMs = DAY_MS;
    });
    expect(firedAtMs).toBeGreaterThanOrEqual(armedAtMs + 40);
    await new Promise<void>((resolve) => void clock.at(clock.now() + 40, resolve));
    expect(fired).toBe(1);
  });
});
