import { spreadOf } from "../../domain/spread.ts";
import { grouped } from "./grouped.ts";

/** An attempt that ran to its end. */
export interface RunTime {
  readonly atMs: number;
  readonly agent: string;
  readonly ms: number;
  readonly ok: boolean;
}

/** How long a task that could run waited for its agent. */
export interface WaitTime {
  readonly atMs: number;
  readonly agent: string;
  readonly ms: number;
}

/** Where time goes, with the measurement that says so. */
export interface Bottleneck {
  readonly what: string;
  readonly detail: string;
  readonly value: number;
  readonly unit: "ms" | "percent";
}

/** Fewer measurements say nothing. */
const LEAST = 5;
/** An agent is slow when its 95th percentile is so many times that of the others. */
const TIMES_SLOWER = 2;
const LEAST_WAIT_MS = 1_000;
/** Share of an agent's run time spent on attempts that failed. */
const WASTED = 0.25;

/** Queues that wait longer than the work takes, slow agents, and time lost to failing: the largest first. */
export function bottlenecksOf(runs: readonly RunTime[], waits: readonly WaitTime[]): Bottleneck[] {
  const runsBy = grouped(runs, ({ agent }) => agent);
  const waitsBy = grouped(waits, ({ agent }) => agent);
  const found = [...runsBy].flatMap(([agent, own]) => [
    ...waiting(agent, own, waitsBy.get(agent) ?? []),
    ...slow(
      agent,
      own,
      runs.filter((run) => run.agent !== agent),
    ),
    ...wasting(agent, own),
  ]);
  return found.sort((a, b) => b.lostMs - a.lostMs).map(({ bottleneck }) => bottleneck);
}

/** The time lost makes the three kinds comparable. */
interface Found {
  readonly lostMs: number;
  readonly bottleneck: Bottleneck;
}

function waiting(agent: string, runs: readonly RunTime[], waits: readonly WaitTime[]): Found[] {
  const wait = spreadOf(waits.map(({ ms }) => ms));
  const run = spreadOf(runs.map(({ ms }) => ms));
  if (wait === null || run === null || wait.n < LEAST || wait.p95 < LEAST_WAIT_MS || wait.p95 <= run.p50) return [];
  const detail = `tasks wait up to ${ms(wait.p95)} for it (p95 of ${wait.n}); one attempt takes ${ms(run.p50)}`;
  return [{ lostMs: total(waits), bottleneck: { what: `queue of ${agent}`, detail, value: wait.p95, unit: "ms" } }];
}

function slow(agent: string, own: readonly RunTime[], others: readonly RunTime[]): Found[] {
  const mine = spreadOf(own.map(({ ms }) => ms));
  const rest = spreadOf(others.map(({ ms }) => ms));
  if (mine === null || rest === null || mine.n < LEAST || rest.n < LEAST) return [];
  if (mine.p95 < TIMES_SLOWER * rest.p95 || mine.p95 < LEAST_WAIT_MS) return [];
  const detail = `its attempts take up to ${ms(mine.p95)} (p95 of ${mine.n}); those of others ${ms(rest.p95)}`;
  return [{ lostMs: total(own), bottleneck: { what: `agent ${agent}`, detail, value: mine.p95, unit: "ms" } }];
}

function wasting(agent: string, runs: readonly RunTime[]): Found[] {
  if (runs.length < LEAST) return [];
  const failed = runs.filter(({ ok }) => !ok);
  const all = total(runs);
  const share = all === 0 ? 0 : total(failed) / all;
  if (share < WASTED || total(failed) < LEAST_WAIT_MS) return [];
  const value = Math.round(share * 100);
  const detail = `${value} % of its run time went into ${failed.length} attempts that failed`;
  return [{ lostMs: total(failed), bottleneck: { what: `failures of ${agent}`, detail, value, unit: "percent" } }];
}

function total(items: readonly { readonly ms: number }[]): number {
  return items.reduce((sum, { ms }) => sum + ms, 0);
}

function ms(value: number): string {
  return value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}
