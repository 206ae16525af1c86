import type { PerformanceView } from "../../http/shapes/engine.ts";
import type { Runtime } from "../../runtime.ts";

export function performanceOf({ views, commits, ports }: Runtime): PerformanceView {
  const { responseMs, waitMs, fixMs, decideMs, throughputPerMinute, windowMs, ...rest } = views.performance.read(
    ports.clock.now(),
  );
  const { series, agents, events, eventsPerSecond, bottlenecks } = rest;
  return {
    windowMs,
    responseMs,
    waitMs,
    fixMs,
    throughputPerMinute,
    series,
    agents,
    engine: { events, eventsPerSecond, commitMs: commits.spread(), decideMs },
    bottlenecks,
  };
}
