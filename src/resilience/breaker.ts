/**
 * A circuit breaker as a value (Nygard, "Release It!"). `closed` counts consecutive failures; `open` lets nothing through
 * until `untilMs`; `half_open` lets one probe through, whose outcome closes or opens it again. `probes` counts the
 * failed probes since it was last closed.
 */
export type Breaker =
  | { readonly kind: "closed"; readonly failures: number }
  | { readonly kind: "open"; readonly untilMs: number; readonly failures: number; readonly probes: number }
  | { readonly kind: "half_open"; readonly failures: number; readonly probes: number };

export interface BreakerPolicy {
  /** Consecutive failures that open it. */
  readonly failureThreshold: number;
  /** How long it stays open before a probe. */
  readonly openMs: number;
}

export const closedBreaker: Breaker = { kind: "closed", failures: 0 };

export function afterFailure(breaker: Breaker, nowMs: number, policy: BreakerPolicy): Breaker {
  switch (breaker.kind) {
    case "closed": {
      const failures = breaker.failures + 1;
      return failures < policy.failureThreshold
        ? { kind: "closed", failures }
        : { kind: "open", untilMs: nowMs + policy.openMs, failures, probes: 0 };
    }
    case "half_open":
      return {
        kind: "open",
        untilMs: nowMs + policy.openMs,
        failures: breaker.failures + 1,
        probes: breaker.probes + 1,
      };
    case "open":
      return breaker;
  }
}

export function afterSuccess(breaker: Breaker): Breaker {
  // A success of work that began before it opened proves nothing about now: only a probe closes an open breaker.
  return breaker.kind === "open" ? breaker : closedBreaker;
}

/** The open time is over, or a remedy asks for a probe at once. */
export function letProbeThrough(breaker: Breaker): Breaker {
  return breaker.kind === "open" ? { kind: "half_open", failures: breaker.failures, probes: breaker.probes } : breaker;
}
