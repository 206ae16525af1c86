import type { BreakerState } from "../../events/vocabulary.ts";

/** How the ended tasks of one agent went, as far as a forecast asks. */
export interface AgentPast {
  readonly outcomes: number;
  readonly failures: number;
  /** Shares of failures that forget: the last few outcomes weigh most, or the last few dozen. */
  readonly recent: number;
  readonly lasting: number;
  /** Failures in a row up to now. */
  readonly streak: number;
  readonly lastFailureAtMs: number | undefined;
  readonly lastAtMs: number;
  readonly breaker: BreakerState;
}

/** Outcomes after which half of what was is forgotten. */
const RECENT_HALF = 3;
const LASTING_HALF = 25;
/** The share of all agents counts as much as so many outcomes of the agent's own. */
const SHRINK = 10;
/** Time after which a failure is half forgotten. */
const FADES_MS = 300_000;
/** A streak says no more from here on. */
const LONGEST_STREAK = 5;
/** No share is taken for certain. */
const LEAST = 0.01;

export const unknownPast: AgentPast = {
  outcomes: 0,
  failures: 0,
  recent: 0,
  lasting: 0,
  streak: 0,
  lastFailureAtMs: undefined,
  lastAtMs: 0,
  breaker: "closed",
};

export function pastAfter(past: AgentPast, failed: boolean, atMs: number, overall: number): AgentPast {
  const begun = past.outcomes === 0 ? { recent: overall, lasting: overall } : past;
  return {
    ...past,
    outcomes: past.outcomes + 1,
    failures: past.failures + Number(failed),
    recent: moved(begun.recent, failed, RECENT_HALF),
    lasting: moved(begun.lasting, failed, LASTING_HALF),
    streak: failed ? past.streak + 1 : 0,
    lastFailureAtMs: failed ? atMs : past.lastFailureAtMs,
    lastAtMs: atMs,
  };
}

function moved(share: number, failed: boolean, half: number): number {
  return share + (Number(failed) - share) * (1 - 0.5 ** (1 / half));
}

/**
 * The base rate: how often the agent failed so far, drawn towards how often all do while little is known of it (the
 * mean of a beta posterior whose prior is the others; Efron and Morris, JASA 70, 1975).
 */
export function baseRate({ failures, outcomes }: AgentPast, overall: number): number {
  return within((failures + SHRINK * overall) / (outcomes + SHRINK));
}

/** What may say more than the base rate, each about between -1 and 1, and 0 where it says nothing. */
export const signals = ["recent", "trend", "streak", "fresh", "breaker"] as const;
export type Signal = (typeof signals)[number];

export function signalsOf(past: AgentPast, base: number, nowMs: number): readonly number[] {
  if (past.outcomes === 0) return signals.map(() => 0);
  const sinceMs = past.lastFailureAtMs === undefined ? undefined : Math.max(0, nowMs - past.lastFailureAtMs);
  const read: Readonly<Record<Signal, number>> = {
    recent: past.recent - base,
    trend: past.recent - past.lasting,
    streak: Math.min(past.streak, LONGEST_STREAK) / LONGEST_STREAK,
    fresh: sinceMs === undefined ? 0 : FADES_MS / (FADES_MS + sinceMs),
    breaker: past.breaker === "closed" ? 0 : 1,
  };
  return signals.map((name) => read[name]);
}

export function within(share: number): number {
  return Math.min(1 - LEAST, Math.max(LEAST, share));
}
