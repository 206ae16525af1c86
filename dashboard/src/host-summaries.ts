import type { EventView } from "./api.ts";

const measures = ["cpuPercent", "memoryPercent", "diskPercent", "gpuPercent"] as const;
type Measure = (typeof measures)[number];

/** What the sensors measured of the whole machine in one minute, per cent. */
export type HostSummary = { readonly atMs: number } & Readonly<Record<Measure, number | null>>;

/** The host's one-minute summaries among the events, oldest first. */
export function hostSummaries(events: readonly EventView[]): readonly HostSummary[] {
  return events
    .flatMap(({ data, time }) => {
      if (typeof data !== "object" || data === null) return [];
      const numbers: Readonly<Record<string, unknown>> = { ...data };
      if (numbers["scope"] !== "host") return [];
      const read = (name: Measure) => (typeof numbers[name] === "number" ? numbers[name] : null);
      return [
        {
          atMs: Date.parse(time),
          cpuPercent: read("cpuPercent"),
          memoryPercent: read("memoryPercent"),
          diskPercent: read("diskPercent"),
          gpuPercent: read("gpuPercent"),
        },
      ];
    })
    .sort((a, b) => a.atMs - b.atMs);
}
