import type { AnyEvent } from "./envelope.ts";
import { compileTopic } from "./topic.ts";
import type { Severity } from "./vocabulary.ts";

/** Which events a subscriber wants. Every part that is given must hold. */
export interface EventFilter {
  /** One topic or several, any of which may match. */
  readonly topic?: string | readonly string[];
  /** This severity or a worse one. */
  readonly severity?: Severity;
  /** The exact subject, for example `agent/coder`. */
  readonly subject?: string;
}

const order: readonly Severity[] = ["debug", "info", "warning", "error", "critical"];

export function atLeast(severity: Severity, floor: Severity): boolean {
  return order.indexOf(severity) >= order.indexOf(floor);
}

export function compileFilter(filter: EventFilter): (event: AnyEvent) => boolean {
  const topics = filter.topic === undefined ? [] : typeof filter.topic === "string" ? [filter.topic] : filter.topic;
  const tests = topics.map(compileTopic);
  return (event) =>
    (tests.length === 0 || tests.some((test) => test(event.type))) &&
    (filter.severity === undefined || atLeast(event.severity, filter.severity)) &&
    (filter.subject === undefined || event.subject === filter.subject);
}
