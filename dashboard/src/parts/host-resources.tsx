import { api, read } from "../api.ts";
import { NOT_ENOUGH, perCent } from "../format.ts";
import { useResource } from "../hooks.ts";
import { type HostSummary, hostSummaries } from "../host-summaries.ts";
import { Card, Empty, Figure, Pending } from "./bits.tsx";
import { Chart } from "./chart.tsx";

const MINUTES = 240;

/** What the sensors measured of this machine, minute by minute, as the journal holds it. */
export function HostResources() {
  const { value, failure } = useResource(
    () => read(api.events.$get({ query: { type: "resource.summary", order: "newest", limit: String(MINUTES) } })),
    { families: ["resource"] },
  );
  const summaries = hostSummaries(value?.items ?? []);
  const newest = summaries.at(-1);
  const values = (of: (summary: HostSummary) => number | null) => summaries.map(of);
  return (
    <Card title="This machine" aside="one-minute summaries">
      {value === undefined ? <Pending failure={failure} /> : null}
      {value === undefined ? null : (
        <div class="figure-row">
          <Figure name="CPU, all cores" value={perCent(newest?.cpuPercent)} testid="host-cpu" />
          <Figure name="memory" value={perCent(newest?.memoryPercent)} />
          <Figure name="disk" value={perCent(newest?.diskPercent)} />
          {newest?.gpuPercent === null || newest === undefined ? null : (
            <Figure name="GPU" value={perCent(newest.gpuPercent)} />
          )}
        </div>
      )}
      {value !== undefined && summaries.length < 2 ? <Empty>{NOT_ENOUGH} for a line yet</Empty> : null}
      {summaries.length < 2 ? null : (
        <Chart
          label="Host resources"
          atMs={summaries.map(({ atMs }) => atMs)}
          range={[0, 100]}
          format={(value) => (value === null ? "–" : `${value.toFixed(0)} %`)}
          lines={[
            { name: "CPU", color: "--series-1", values: values(({ cpuPercent }) => cpuPercent) },
            { name: "memory", color: "--series-3", values: values(({ memoryPercent }) => memoryPercent) },
            { name: "disk", color: "--series-4", values: values(({ diskPercent }) => diskPercent) },
          ]}
        />
      )}
    </Card>
  );
}
