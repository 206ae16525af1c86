import { monitorEventLoopDelay } from "node:perf_hooks";
import type { LoopDelay, LoopDelayHistogram } from "../kernel/loop-delay.ts";

/** Node looks this often; what it notes contains the look's own wait. */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;
/** Upper bounds in seconds. */
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10];

/** Watches how late Node's event loop comes to what is due, from now on until it is disposed of. */
export function watchLoop(): LoopDelay & Disposable {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const delayMs = (percent: number) => Math.max(0, histogram.percentile(percent) / NS_PER_MS - RESOLUTION_MS);

  /** The greatest share of looks that were at most so late; Node tells percentiles only. */
  const shareWithin = (ms: number): number => {
    if (delayMs(100) <= ms) return 1;
    let within = 0;
    let beyond = 100;
    for (let step = 0; step < 20; step++) {
      const middle = (within + beyond) / 2;
      if (delayMs(middle) <= ms) within = middle;
      else beyond = middle;
    }
    return within / 100;
  };

  return {
    read(): LoopDelayHistogram | undefined {
      const { count, mean } = histogram as { readonly count?: number; readonly mean: number };
      if (count === undefined || count === 0) return undefined;
      const sum = (count * Math.max(0, mean / NS_PER_MS - RESOLUTION_MS)) / 1_000;
      const buckets = BOUNDS.map((le) => ({ le, count: Math.round(count * shareWithin(le * 1_000)) }));
      return { buckets, sum, count };
    },
    [Symbol.dispose]: () => histogram.disable(),
  };
}
