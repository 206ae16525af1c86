import { performance } from "node:perf_hooks";
import type { Reading } from "./figure.ts";
import { perSecond, Samples } from "./samples.ts";

export interface Calling {
  readonly name: string;
  readonly callers: number;
  /** Resolves when the call is answered; `caller` counts from 0. */
  readonly call: (caller: number) => Promise<unknown>;
  readonly warmUpMs?: number;
  readonly forMs?: number;
}

/** Lets callers call for a while, each beginning its next call when its last one was answered. Times in milliseconds. */
export async function keepCalling({
  name,
  callers,
  call,
  warmUpMs = 2_000,
  forMs = 5_000,
}: Calling): Promise<Reading & { readonly answered: number }> {
  const samples = new Samples();
  const began = performance.now();
  const from = began + warmUpMs;
  const until = from + forMs;
  let answered = 0;
  let last = from;
  const caller = async (index: number) => {
    for (let now = performance.now(); now < until; ) {
      const asked = now;
      await call(index);
      answered++;
      now = performance.now();
      if (asked < from) continue;
      samples.add(now - asked);
      last = now;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)));
  return {
    name,
    n: samples.count,
    perSecond: perSecond(samples.count, last - from),
    spread: samples.spread(),
    answered,
  };
}
