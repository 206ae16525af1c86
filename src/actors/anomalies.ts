import { AnomalyDetector, type SavedDetector } from "../domain/anomaly/detector.ts";
import type { EventData } from "../events/catalog.ts";
import { type EventOf, is } from "../events/envelope.ts";
import { later, readNow } from "../kernel/checkpointed.ts";
import { listOf, number, objectOf, optional, pairOf, row, text, yesNo } from "../kernel/shape.ts";
import { type Announcement, announce, type Output } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

export interface AnomalySettings {
  readonly enabled: boolean;
  /** Series that are followed at once. */
  readonly series: number;
  /** Tasks of an agent that end within so long of its last sample of latency count together. */
  readonly latencyMs: number;
}

/** What a series measures, and of whom. */
type About = Pick<EventData<"anomaly.detected">, "scope" | "what" | "unit"> & { readonly agentId?: string };

interface Series {
  readonly detector: AnomalyDetector;
  lastAtMs: number;
  /** Durations since the last sample, where several make one. */
  sum: number;
  n: number;
}

/** A series that was silent for so long makes room for another one. */
const SILENT_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Unchanged minutes that are made up for at once: as many as a series remembers. */
const MOST_UNCHANGED = 2_048;

const measures = [
  ["cpuPercent", "cpu", "percent"],
  ["memoryPercent", "memory", "percent"],
  ["memoryMiB", "memory", "MiB"],
  ["diskPercent", "disk", "percent"],
  ["gpuPercent", "gpu", "percent"],
] as const;

const saved = objectOf({
  series: listOf((value, at) =>
    pairOf(text, objectOf({ detector: row<SavedDetector>(), lastAtMs: number, sum: number, n: number }))(
      readNow(value),
      at,
    ),
  ),
  before: listOf(pairOf(text, row<EventData<"resource.summary">>())),
  refused: optional(yesNo),
});

/**
 * Follows what the journal says was measured, and tells when a series leaves its own habits; nobody sets a threshold.
 * Series are the minutes of the machine and of each agent's processes, and how long an agent's tasks take.
 *
 * Invariants:
 *  1. What is told of a sample depends on it and on earlier events alone; a restart changes nothing.
 *  2. What was not measured is missing. Minutes that were measured and had nothing new count by their last value.
 *  3. When there are as many series as may be, another one waits until one has been silent for an hour; that is told once.
 */
export function anomalyReflex(settings: AnomalySettings): Reflex {
  let series = new Map<string, Series>();
  /** The last minute that was told of each agent. */
  let before = new Map<string, EventData<"resource.summary">>();
  let refused = false;
  return {
    name: "anomalies",
    listens: ["resource.summary", "task.succeeded", "agent.archived"],
    state: {
      name: "anomalies",
      version: 1,
      snapshot: () => ({
        series: [...series].map(([name, { detector, lastAtMs, sum, n }]) => {
          const standing = detector.saved();
          return later(() => [name, { detector: { ...standing, values: [...standing.values] }, lastAtMs, sum, n }]);
        }),
        before: [...before],
        refused,
      }),
      restore(value) {
        const read = saved(value, "anomalies");
        series = new Map(
          read.series.map(([name, { detector, ...one }]) => [
            name,
            { ...one, detector: new AnomalyDetector(detector) },
          ]),
        );
        before = new Map(read.before);
        refused = read.refused ?? false;
      },
    },
    hear(event) {
      if (!settings.enabled) return [];
      if (is(event, "resource.summary")) return minute(event);
      if (is(event, "task.succeeded")) return task(event);
      if (is(event, "agent.archived")) forget(event.data.agentId);
      return [];
    },
  };

  function minute({ at, data }: EventOf<"resource.summary">): readonly Output[] {
    const { scope, agentId } = data;
    const unchanged = agentId === undefined ? [] : unchangedSince(agentId, data, at);
    return measures.flatMap(([measure, what, unit]) => {
      const about = { scope, what, unit, ...(agentId === undefined ? {} : { agentId }) };
      return [...unchanged, { atMs: at, ...data }].flatMap(({ atMs, [measure]: value }) =>
        value === undefined ? [] : sample(about, value, atMs),
      );
    });
  }

  /** The minutes before this one that were measured and not told, because nothing in them was new. */
  function unchangedSince(agentId: string, now: EventData<"resource.summary">, at: number) {
    const last = before.get(agentId);
    before.set(agentId, now);
    const minutes = last === undefined ? 0 : Math.min(now.unchanged ?? 0, MOST_UNCHANGED);
    return Array.from({ length: minutes }, (_, index) => ({ ...last, atMs: at - (minutes - index) * MINUTE_MS }));
  }

  function task({ at, data: { agentId, durationMs } }: EventOf<"task.succeeded">): readonly Output[] {
    const about = { scope: "agent", agentId, what: "latency", unit: "ms" } as const;
    const known = series.get(nameOf(about));
    if (known === undefined) return sample(about, durationMs, at);
    known.sum += durationMs;
    known.n += 1;
    // A clock that was set back must not silence a series for as long as it was ahead.
    if (Math.abs(at - known.lastAtMs) < settings.latencyMs) return [];
    return sample(about, known.sum / known.n, at);
  }

  function sample(about: About, measured: number, atMs: number): readonly Announcement[] {
    const name = nameOf(about);
    const known = series.get(name) ?? begun(atMs);
    if (known === undefined) return unfollowed(name);
    Object.assign(known, { lastAtMs: atMs, sum: 0, n: 0 });
    // The one that was silent longest stands first.
    series.delete(name);
    series.set(name, known);
    const value = hundredths(measured);
    const found = known.detector.update(atMs, value);
    if (found === undefined) return [];
    const surprise = found.surprise === null ? null : hundredths(found.surprise);
    return [
      announce("anomaly.detected", { ...about, value, reason: found.reason, surprise }, { subject: subjectOf(about) }),
    ];
  }

  function begun(atMs: number): Series | undefined {
    const [longest] = series;
    if (longest !== undefined && series.size >= settings.series) {
      if (atMs - longest[1].lastAtMs < SILENT_MS) return undefined;
      series.delete(longest[0]);
    }
    return { detector: new AnomalyDetector(), lastAtMs: atMs, sum: 0, n: 0 };
  }

  function unfollowed(name: string): readonly Announcement[] {
    if (refused) return [];
    refused = true;
    return [announce("anomaly.unfollowed", { series: settings.series, first: name }, { subject: "anomalies" })];
  }

  function forget(agentId: string): void {
    before.delete(agentId);
    for (const what of ["cpu", "memory", "latency"] as const)
      series.delete(nameOf({ scope: "agent", agentId, what, unit: "ms" }));
  }
}

function subjectOf({ agentId }: About): string {
  return agentId === undefined ? "host" : `agent/${agentId}`;
}

function nameOf(about: About): string {
  return `${subjectOf(about)} ${about.what}`;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
