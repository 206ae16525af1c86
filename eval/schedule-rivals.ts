import type { Policy, Queued } from "./virtual-workers.ts";

/** The highest priority first, of equals the oldest: the least wait for P0 that there is, and P3 may starve. */
export const strict: Policy = {
  pick: (queue) => ({
    id: firstOf(queue, (a, b) => a.task.prio - b.task.prio || a.sinceMs - b.sinceMs),
    reason: "strict",
  }),
};

/** The oldest first: the fairest to P3, and P0 waits with everybody. */
export const fifo: Policy = {
  pick: (queue) => ({ id: firstOf(queue, (a, b) => a.sinceMs - b.sinceMs), reason: "fifo" }),
};

function firstOf(queue: readonly Queued[], compare: (a: Queued, b: Queued) => number): string {
  const [first, ...others] = queue;
  if (first === undefined) throw new Error("the queue is empty");
  return others.reduce((best, each) => (compare(each, best) < 0 ? each : best), first).task.id;
}
