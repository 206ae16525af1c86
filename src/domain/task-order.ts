import { type Priority, priority as priorities } from "../events/vocabulary.ts";
import { empty, lookUp, type Sharded, withValue } from "./sharded.ts";

/** Ageing: a P3 that waited longer than `kappa` × the longest wait FIFO would have given today goes before younger P1 and P2. */
export const AGEING = { kappa: 0.85, floorMs: 60_000, burst: 6, prior: 3, recent: 15 } as const;
const DAY_MS = 86_400_000;

interface Sum {
  readonly totalMs: number;
  readonly count: number;
}

/** How long tasks ran, by priority and by agent, and the peak of work waiting today. */
export interface RunStatistics {
  readonly all: Sum;
  readonly byPriority: Readonly<Record<Priority, Sum>>;
  /** The newest durations of each agent, for estimates. */
  readonly byAgent: Sharded<readonly number[]>;
  readonly peakMs: number;
  /** Days since the epoch (UTC) that the peak belongs to. */
  readonly day: number;
}

const nothing: Sum = { totalMs: 0, count: 0 };

export const noStatistics: RunStatistics = {
  all: nothing,
  byPriority: { P0: nothing, P1: nothing, P2: nothing, P3: nothing },
  byAgent: empty,
  peakMs: 0,
  day: 0,
};

/** What the order needs to know of a waiting task. */
export interface Candidate {
  readonly id: string;
  readonly priority: Priority;
  readonly sinceMs: number;
  /** Where it would probably run, for its estimate. */
  readonly agentId: string | undefined;
}

export interface Pick {
  readonly id: string;
  /** `guard`: an old P3 took its turn; `burst`: the shortest of many P0; `priority`: the oldest of the highest class. */
  readonly rule: "guard" | "priority" | "burst";
  /** The wait after which a P3 goes first, in milliseconds. */
  readonly guardMs: number;
}

export function recordRun(
  statistics: RunStatistics,
  agentId: string,
  priority: Priority,
  durationMs: number,
): RunStatistics {
  const add = (sum: Sum): Sum => ({ totalMs: sum.totalMs + durationMs, count: sum.count + 1 });
  return {
    ...statistics,
    all: add(statistics.all),
    byPriority: { ...statistics.byPriority, [priority]: add(statistics.byPriority[priority]) },
    byAgent: withValue(
      statistics.byAgent,
      agentId,
      [...(lookUp(statistics.byAgent, agentId) ?? []), durationMs].slice(-AGEING.recent),
    ),
  };
}

/** Mean run of a class, drawn towards the mean of all by three pseudo-observations. */
function meanRunMs(statistics: RunStatistics, priority: Priority): number {
  const overall = statistics.all.count === 0 ? 0 : statistics.all.totalMs / statistics.all.count;
  const own = statistics.byPriority[priority];
  return (own.totalMs + AGEING.prior * overall) / (own.count + AGEING.prior);
}

/** Whether the peak is another day's. */
export function isNewDay({ day }: RunStatistics, nowMs: number): boolean {
  return Math.floor(nowMs / DAY_MS) !== day;
}

/** The peak after something was queued: reset at UTC midnight to the present queue. */
export function withPeak(
  statistics: RunStatistics,
  waiting: Iterable<{ readonly priority: Priority }>,
  workers: number,
  nowMs: number,
): RunStatistics {
  const means = {
    P0: meanRunMs(statistics, "P0"),
    P1: meanRunMs(statistics, "P1"),
    P2: meanRunMs(statistics, "P2"),
    P3: meanRunMs(statistics, "P3"),
  };
  let work = 0;
  for (const { priority } of waiting) work += means[priority];
  const present = work / workers;
  const peakMs = isNewDay(statistics, nowMs) ? present : Math.max(statistics.peakMs, present);
  return { ...statistics, day: Math.floor(nowMs / DAY_MS), peakMs };
}

/** Whether these many waiting tasks are less work than the peak of today, told without adding up one by one. */
export function isBelowPeak(
  statistics: RunStatistics,
  waiting: Readonly<Record<Priority, number>>,
  workers: number,
  nowMs: number,
): boolean {
  if (isNewDay(statistics, nowMs)) return false;
  let work = 0;
  for (const priority of priorities.options) {
    const meanMs = meanRunMs(statistics, priority);
    if (meanMs < 0) return false;
    work += waiting[priority] * meanMs;
  }
  // The sum one by one is rounded otherwise, by far less than that.
  return (work / workers) * 1.000_001 < statistics.peakMs;
}

/**
 * Which of the runnable tasks goes next; `undefined` when there is none. Strict priority with ageing (Silberschatz et al.,
 * Operating System Concepts, 10th edition, 2018, chapter 5), and of a burst the shortest first, for the least mean wait (Smith,
 * Naval Research Logistics Quarterly 3, 1956). Of tasks for one agent and of one priority the oldest is enough, where
 * `urgent` says how many P0 there are in all.
 */
export function pickNext(
  runnable: readonly Candidate[],
  statistics: RunStatistics,
  nowMs: number,
  urgent: number = runnable.filter((task) => task.priority === "P0").length,
): Pick | undefined {
  const guardMs = Math.max(AGEING.floorMs, AGEING.kappa * statistics.peakMs);
  const oldest: Partial<Record<Priority, Candidate>> = {};
  for (const task of runnable) {
    const first = oldest[task.priority];
    if (first === undefined || task.sinceMs < first.sinceMs) oldest[task.priority] = task;
  }
  const patient = oldest.P3;
  if (patient !== undefined && nowMs - patient.sinceMs >= guardMs) {
    const rivals = [oldest.P1, oldest.P2, patient].filter((task) => task !== undefined);
    const first = rivals.reduce((a, b) => (b.sinceMs < a.sinceMs ? b : a));
    return { id: first.id, rule: "guard", guardMs };
  }
  if (urgent >= AGEING.burst) {
    const shortest = shortestOf(
      runnable.filter((task) => task.priority === "P0"),
      statistics,
    );
    if (shortest !== undefined) return { id: shortest.id, rule: "burst", guardMs };
  }
  const next = oldest.P0 ?? oldest.P1 ?? oldest.P2 ?? oldest.P3;
  return next === undefined ? undefined : { id: next.id, rule: "priority", guardMs };
}

/** The task with the shortest estimate, when every one of them has an estimate. */
function shortestOf(tasks: readonly Candidate[], statistics: RunStatistics): Candidate | undefined {
  let best: { readonly task: Candidate; readonly estimate: number } | undefined;
  for (const task of tasks) {
    const runs = task.agentId === undefined ? undefined : lookUp(statistics.byAgent, task.agentId);
    if (runs === undefined || runs.length === 0) return undefined;
    const estimate = [...runs].sort((a, b) => a - b)[runs.length >> 1] ?? 0;
    if (
      best === undefined ||
      estimate < best.estimate ||
      (estimate === best.estimate && task.sinceMs < best.task.sinceMs)
    )
      best = { task, estimate };
  }
  return best?.task;
}
