import type { Checkpointed, Snapshot } from "../kernel/checkpointed.ts";
import { listOf, number, objectOf, oneOf, optional, row, type Shape } from "../kernel/shape.ts";

/** Sizes of the recent stretch that is compared with what came before it. */
const STRETCHES = [10, 14, 20, 28, 40, 57, 80, 113, 160, 226, 320, 453] as const;
/** Outcomes that must lie before the stretch. */
const BASE = 50;
/** Older outcomes are not looked at. */
const CAP = 1_000;
/** Evidence (log-likelihood ratio) from which a change is told, and from which it is silently watched. */
const TELL = 7.5;
const WATCH = 5.5;
/** A verdict ends after so many outcomes without a new detection. */
const LASTS = 200;
export const OUTCOMES_NEEDED = 60;
const RING = 1_024;
/** Room for so many at first, for most of those that are followed never have more. */
const FEW = 32;

export type Direction = "improving" | "degrading";
export type Trend =
  | { readonly kind: "unknown"; readonly outcomes: number }
  | { readonly kind: "stable"; readonly watched?: Direction }
  | {
      readonly kind: Direction;
      /** Time of the first outcome after the change, and the earliest and latest it may have been. */
      readonly sinceMs: number;
      readonly earliestMs: number;
      readonly latestMs: number;
      /** Between 0 and 1. */
      readonly sure: number;
    };

type Verdict = Extract<Trend, { readonly sinceMs: number }>;

/** More would not fit. */
const ring: Shape<number[]> = (value, at) => listOf(number)(value, at).slice(0, RING);

const state = objectOf({
  sums: ring,
  times: ring,
  count: number,
  start: number,
  verdict: optional(row<Verdict>()),
  detectedAt: number,
  watched: optional(oneOf("improving", "degrading")),
});

/**
 * Whether success is improving, stable or degrading, and since when: a scan over the outcomes themselves. A sliding
 * rate would show changes in most streams that have none. About 12 comparisons an outcome; the exact place of a change
 * is looked for only when there is one.
 *
 * Sources: likelihood ratio of two binomial shares (Wilks, Annals of Mathematical Statistics 9, 1938), the largest over
 * stretches of several lengths (window-limited, Lai, Journal of the Royal Statistical Society B 57, 1995); place of the change and
 * the interval it lies in, by likelihood (Hinkley, Biometrika 57, 1970). Thresholds and how sure: measured on simulated streams.
 */
export class OutcomeTrend implements Checkpointed {
  readonly name = "outcome-trend";
  readonly version = 1;
  /** `#sums[i % RING]` is how many of the first i outcomes were successes. */
  #sums = new Float64Array(FEW);
  #times = new Float64Array(FEW);
  #count = 0;
  /** Outcomes up to here belong to the time before the last change. */
  #start = 0;
  #verdict: Verdict | undefined;
  #detectedAt = 0;
  #watched: Direction | undefined;

  add(succeeded: boolean, atMs: number): void {
    const before = this.#sum(this.#count);
    this.#count++;
    if (this.#count >= this.#sums.length && this.#sums.length < RING) this.#makeRoomFor(this.#count + 1);
    this.#sums[this.#count % RING] = before + (succeeded ? 1 : 0);
    this.#times[this.#count % RING] = atMs;
    if (this.#verdict !== undefined && this.#count - this.#detectedAt >= LASTS) this.#verdict = undefined;
    this.#scan();
  }

  /** The newest outcomes, `most` at most and no more than are remembered, and how many of them were successes. */
  recent(most: number): { readonly good: number; readonly n: number } {
    const n = Math.min(most, this.#count, RING - 1);
    return { good: this.#sum(this.#count) - this.#sum(this.#count - n), n };
  }

  get current(): Trend {
    if (this.#count < OUTCOMES_NEEDED) return { kind: "unknown", outcomes: this.#count };
    return this.#verdict ?? { kind: "stable", ...(this.#watched !== undefined && { watched: this.#watched }) };
  }

  snapshot(): Snapshot {
    // What was not reached yet is zero, and need not be written down.
    const reached = Math.min(this.#count + 1, RING);
    return {
      sums: [...this.#sums.subarray(0, reached)],
      times: [...this.#times.subarray(0, reached)],
      count: this.#count,
      start: this.#start,
      verdict: this.#verdict,
      detectedAt: this.#detectedAt,
      watched: this.#watched,
    };
  }

  restore(value: unknown): void {
    const { sums, times, count, start, verdict, detectedAt, watched } = state(value, this.name);
    this.#sums = new Float64Array(0);
    this.#times = new Float64Array(0);
    this.#makeRoomFor(Math.max(sums.length, times.length));
    this.#sums.set(sums);
    this.#times.set(times);
    this.#count = count;
    this.#start = start;
    this.#verdict = verdict;
    this.#detectedAt = detectedAt;
    this.#watched = watched;
  }

  #makeRoomFor(outcomes: number): void {
    let room = FEW;
    while (room < outcomes && room < RING) room *= 2;
    const [sums, times] = [this.#sums, this.#times];
    this.#sums = new Float64Array(room);
    this.#times = new Float64Array(room);
    this.#sums.set(sums);
    this.#times.set(times);
  }

  #scan(): void {
    const low = Math.max(this.#start, this.#count - CAP);
    let best = 0;
    let direction: Direction = "improving";
    for (const stretch of STRETCHES) {
      const split = this.#count - stretch;
      if (split - low < BASE) break;
      const evidence = this.#evidence(low, split);
      if (evidence <= best) continue;
      best = evidence;
      direction = this.#rate(split, this.#count) < this.#rate(low, split) ? "degrading" : "improving";
    }
    this.#watched = best >= WATCH && best < TELL ? direction : undefined;
    if (best >= TELL) this.#detect(low, best, direction);
  }

  #detect(low: number, evidence: number, kind: Direction): void {
    const splits = Array.from({ length: this.#count - 5 - (low + 10) + 1 }, (_, index) => {
      const split = low + 10 + index;
      return { split, evidence: this.#evidence(low, split) };
    });
    const since = splits.reduce((best, each) => (each.evidence > best.evidence ? each : best));
    const possible = splits.filter((each) => each.evidence >= since.evidence - 2);
    this.#verdict = {
      kind,
      sinceMs: this.#timeAfter(since.split),
      earliestMs: this.#timeAfter(possible[0]?.split ?? since.split),
      latestMs: this.#timeAfter(possible.at(-1)?.split ?? since.split),
      sure: Math.max(0, 1 - 200 * Math.exp(-evidence)),
    };
    this.#start = since.split;
    this.#detectedAt = this.#count;
  }

  /** How much better two success rates explain (low, split] and (split, now] than one does. */
  #evidence(low: number, split: number): number {
    const before = this.#sum(split) - this.#sum(low);
    const after = this.#sum(this.#count) - this.#sum(split);
    const m = split - low;
    const w = this.#count - split;
    return likelihood(before, m) + likelihood(after, w) - likelihood(before + after, m + w);
  }

  #rate(from: number, to: number): number {
    return (this.#sum(to) - this.#sum(from)) / (to - from);
  }

  #sum(index: number): number {
    return this.#sums[index % RING] ?? 0;
  }

  #timeAfter(split: number): number {
    return this.#times[(split + 1) % RING] ?? 0;
  }
}

function likelihood(successes: number, n: number): number {
  return xlogx(successes, n) + xlogx(n - successes, n);
}

function xlogx(x: number, n: number): number {
  return x === 0 ? 0 : x * Math.log(x / n);
}
