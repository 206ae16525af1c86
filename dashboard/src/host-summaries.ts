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
      const fields = new Map<string, unknown>(Object.entries(data));
      if (fields.get("scope") !== "host") return [];
      const read = (name: Measure) => {
        const value = fields.get(name);
        return typeof value === "number" ? value : null;
      };
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
