import type { EventView } from "../api.ts";

/** The newest events, each once. `lastSequence` is the newest that was seen at all. */
export interface Timeline {
  readonly events: readonly EventView[];
  readonly lastSequence: number;
}

export const KEPT = 300;
export const noTimeline: Timeline = { events: [], lastSequence: 0 };

/** Takes events in, whatever their order and whether or not they were seen before. */
export function merged(timeline: Timeline, incoming: readonly EventView[]): Timeline {
  if (incoming.length === 0) return timeline;
  const seen = new Set(timeline.events.map(({ sequence }) => sequence));
  const fresh = incoming.filter(({ sequence }) => !seen.has(sequence) && seen.add(sequence));
  if (fresh.length === 0) return timeline;
  const events = [...fresh, ...timeline.events].sort((a, b) => b.sequence - a.sequence).slice(0, KEPT);
  return { events, lastSequence: Math.max(timeline.lastSequence, events[0]?.sequence ?? 0) };
}

/** How to go on after a while without news, when the engine now stands at `lastSequence`. */
export function catchUp(timeline: Timeline, lastSequence: number): "resume" | "newest" | "afresh" {
  // A lower number than ours is another journal: nothing we hold belongs to it.
  if (lastSequence < timeline.lastSequence) return "afresh";
  return lastSequence - timeline.lastSequence > KEPT ? "newest" : "resume";
}

/** First segment of a type: what `resource.high` is about is `resource`. */
export function familyOf(type: string): string {
  const dot = type.indexOf(".");
  return dot === -1 ? type : type.slice(0, dot);
}

/** The newest sequence of each family, so that a list can tell whether it is out of date. */
export function stamped(
  stamps: Readonly<Record<string, number>>,
  incoming: readonly EventView[],
): Readonly<Record<string, number>> {
  const next: Record<string, number> = { ...stamps };
  for (const { type, sequence } of incoming) {
    const family = familyOf(type);
    next[family] = Math.max(next[family] ?? 0, sequence);
  }
  return next;
}
