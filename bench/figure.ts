import type { Spread } from "./samples.ts";

/** What was measured of one contender. Which members it has depends on what the figure is about. */
export interface Reading {
  readonly name: string;
  /** How often it was done, or looked. */
  readonly n: number;
  readonly perSecond?: number;
  /** How long each took, in the figure's `unit`. */
  readonly spread?: Spread;
  /** Where the figure is one number: its value, in the figure's `unit`. */
  readonly value?: number;
  /** What else there is to know about this reading. */
  readonly note?: string;
}

/** What a reading has to reach. */
export interface Bar {
  readonly of: "perSecond" | "value" | "p50" | "p95" | "p99";
  readonly must: "at least" | "at most";
  readonly limit: number;
}

/** One measured figure, beside what else would do the same work in the same run. */
export interface Figure {
  readonly figure: string;
  /** What was done and where the watch started and stopped. */
  readonly measures: string;
  readonly unit: string;
  readonly ours: Reading;
  readonly bars: readonly Bar[];
  /** Naive rivals and peers, measured in the same process or right after it. */
  readonly beside: readonly Reading[];
  readonly notMeasured: string;
}

export interface JudgedBar extends Bar {
  readonly measured: number | null;
  readonly met: boolean;
}

/** A bar whose number was not measured is not met. */
export function judge({ ours, bars }: Figure): readonly JudgedBar[] {
  return bars.map((bar) => {
    const measured = numberOf(ours, bar.of);
    const met = measured !== undefined && (bar.must === "at least" ? measured >= bar.limit : measured <= bar.limit);
    return { ...bar, measured: measured ?? null, met };
  });
}

function numberOf({ perSecond, value, spread }: Reading, of: Bar["of"]): number | undefined {
  if (of === "perSecond") return perSecond;
  if (of === "value") return value;
  return spread?.[of];
}
