import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../../src/resilience/backoff.ts";
import {
  afterFailure,
  afterSuccess,
  type Breaker,
  closedBreaker,
  letProbeThrough,
} from "../../../src/resilience/breaker.ts";

const policy = { failureThreshold: 3, openMs: 1_000 };
const open = [1, 2, 3].reduce<Breaker>((breaker) => afterFailure(breaker, 5_000, policy), closedBreaker);

describe("a breaker", () => {
  it("opens at its threshold of consecutive failures and not before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), (failureThreshold) => {
        let breaker: Breaker = closedBreaker;
        for (let count = 1; count <= failureThreshold; count++) {
          expect(breaker.kind).toBe("closed");
          breaker = afterFailure(breaker, 0, { failureThreshold, openMs: 1 });
        }
        expect(breaker.kind).toBe("open");
      }),
    );
  });

  it("forgets earlier failures with a success", () => {
    const almost = afterFailure(afterFailure(closedBreaker, 0, policy), 0, policy);
    expect(afterSuccess(almost)).toEqual(closedBreaker);
  });

  it("is not closed by a success of work that began before it opened", () => {
    expect(afterSuccess(open)).toBe(open);
  });

  it("opens again for the whole time when its probe fails, and counts the probe", () => {
    expect(afterFailure(letProbeThrough(open), 9_000, policy)).toEqual({
      kind: "open",
      untilMs: 10_000,
      failures: 4,
      probes: 1,
    });
  });

  it("closes when its probe succeeds", () => {
    expect(afterSuccess(letProbeThrough(open))).toEqual(closedBreaker);
  });
});

describe("backoff", () => {
  const settings = { firstMs: 100, factor: 2, maxMs: 5_000 };

  it("stays between half of the bound and the bound, and the bound never exceeds the maximum", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const bound = Math.min(5_000, 100 * 2 ** (attempt - 1));
          const waited = backoffMs(attempt, settings, random);
          expect(waited).toBeGreaterThanOrEqual(Math.floor(bound / 2));
          expect(waited).toBeLessThanOrEqual(bound);
        },
      ),
    );
  });
});
