import type { Score } from "../answers.ts";
import { NO_DATA, sayMoment, sayShare, sayWhen } from "../say.ts";

/** Outcomes below which no trend is told. */
const NEEDED = 60;

/** `degrading since 2026-02-24 09:30:05 (3 h ago), 98 % sure, between … and …`; `stable`; or why nothing is known. */
export function sayTrend(trend: Score["trendDetail"], nowMs: number): string {
  if (trend.kind === "unknown") return `${NO_DATA} (${trend.outcomes} of at least ${NEEDED} outcomes)`;
  if (trend.kind === "stable") return trend.watched === undefined ? "stable" : `stable (maybe ${trend.watched})`;
  const { kind, sinceMs, earliestMs, latestMs, sure } = trend;
  const between = `between ${sayMoment(earliestMs)} and ${sayMoment(latestMs)}`;
  return `${kind} since ${sayWhen(sinceMs, nowMs) ?? ""}, ${sayShare(sure)} sure, ${between}`;
}
