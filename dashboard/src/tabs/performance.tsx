import { api, read, type Performance as View } from "../api.ts";
import { fixTimes } from "../fix-times.ts";
import { amount, count, duration, NOT_ENOUGH, perCent, percent } from "../format.ts";
import { useResource } from "../hooks.ts";
import { Card, Empty, Figure, Pending } from "../parts/bits.tsx";
import { Chart } from "../parts/chart.tsx";
import { HostResources } from "../parts/host-resources.tsx";

const REFRESH_MS = 5000;

export function Performance() {
  const { value, failure } = useResource(() => read(api.performance.$get()), {
    families: ["task"],
    everyMs: REFRESH_MS,
  });
  return (
    <div class="stack">
      {value === undefined ? <Pending failure={failure} /> : <Measured view={value} />}
      <HostResources />
      {value === undefined ? null : <ByAgent view={value} />}
    </div>
  );
}

type Spread = View["responseMs"];

function Measured({ view }: { readonly view: View }) {
  return (
    <>
      <div class="figures">
        <SpreadCard title="Response time" spread={view.responseMs} testid="response" of="attempt" />
        <SpreadCard title="Queue wait" spread={view.waitMs} testid="wait" of="start" />
        <FixCard />
        <Card title="Throughput" aside={`last ${duration(view.windowMs)}`}>
          <div class="figure-row">
            <Figure
              name="tasks a minute"
              value={view.throughputPerMinute === null ? NOT_ENOUGH : view.throughputPerMinute.toFixed(1)}
              testid="throughput"
            />
            <Figure
              name="events a second"
              value={view.engine.eventsPerSecond === null ? NOT_ENOUGH : view.engine.eventsPerSecond.toFixed(1)}
              note={`${count(view.engine.events)} in all`}
            />
          </div>
        </Card>
      </div>
      <Bottlenecks view={view} />
      <Series view={view} />
      <div class="figures">
        <SpreadCard title="Event made durable" spread={view.engine.commitMs} of="commit" />
        <SpreadCard title="Event to playbook chosen" spread={view.engine.decideMs} of="decision" />
      </div>
    </>
  );
}

function SpreadCard(props: {
  readonly title: string;
  readonly spread: Spread;
  readonly of: string;
  readonly testid?: string;
}) {
  const { title, spread, of, testid } = props;
  return (
    <Card title={title} aside={spread === null ? "" : amount(spread.n, of)}>
      <div class="figure-row">
        <Figure
          name="p50"
          value={duration(spread?.p50)}
          {...(testid === undefined ? {} : { testid: `${testid}-p50` })}
        />
        <Figure
          name="p95"
          value={duration(spread?.p95)}
          {...(testid === undefined ? {} : { testid: `${testid}-p95` })}
        />
        <Figure
          name="p99"
          value={duration(spread?.p99)}
          {...(testid === undefined ? {} : { testid: `${testid}-p99` })}
        />
        <Figure name="max" value={duration(spread?.max)} />
      </div>
    </Card>
  );
}

function FixCard() {
  const { value } = useResource(() => read(api.runs.$get({ query: { outcome: "fixed", limit: "1000" } })), {
    families: ["playbook"],
  });
  const times = fixTimes(value?.items ?? []);
  return (
    <Card title="Error to verified fix" aside={times === null ? "" : amount(times.n, "fix", "fixes")}>
      <div class="figure-row">
        <Figure name="p50" value={duration(times?.p50)} testid="fix-p50" />
        <Figure name="p95" value={duration(times?.p95)} />
        <Figure name="max" value={duration(times?.max)} />
      </div>
    </Card>
  );
}

function Bottlenecks({ view }: { readonly view: View }) {
  return (
    <Card title="Bottlenecks" aside={<span class="tally">{view.bottlenecks.length}</span>}>
      {view.bottlenecks.length === 0 ? <Empty>None was found.</Empty> : null}
      <ul class="issues">
        {view.bottlenecks.map(({ what, detail, value, unit }) => (
          <li key={`${what} ${detail}`} class="bottleneck">
            <strong>{what}</strong>
            <span class="nowrap">{shown(value, unit)}</span>
            <span class="bottleneck-why">{detail}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function shown(value: number, unit: string): string {
  if (unit === "ms") return duration(value);
  return unit === "percent" || unit === "%"
    ? perCent(value)
    : `${value.toLocaleString("en-US", { maximumFractionDigits: 1 })} ${unit}`;
}

function Series({ view }: { readonly view: View }) {
  const { series } = view;
  const atMs = series.map((point) => point.atMs);
  return (
    <div class="pair">
      <Card title="Response time over time">
        {series.length < 2 ? (
          <Empty>{NOT_ENOUGH}</Empty>
        ) : (
          <Chart
            label="Response time"
            atMs={atMs}
            format={(value) => (value === null ? "–" : duration(value))}
            lines={[
              { name: "p50", color: "--series-1", values: series.map(({ p50Ms }) => p50Ms) },
              { name: "p95", color: "--series-3", values: series.map(({ p95Ms }) => p95Ms) },
            ]}
          />
        )}
      </Card>
      <Card title="Tasks over time">
        {series.length < 2 ? (
          <Empty>{NOT_ENOUGH}</Empty>
        ) : (
          <Chart
            label="Tasks that ended"
            atMs={atMs}
            whole
            format={(value) => (value === null ? "–" : String(Math.round(value)))}
            lines={[
              { name: "succeeded", color: "--good", values: series.map(({ succeeded }) => succeeded) },
              { name: "failed", color: "--bad", values: series.map(({ failed }) => failed) },
            ]}
          />
        )}
      </Card>
    </div>
  );
}

function ByAgent({ view }: { readonly view: View }) {
  return (
    <Card title="By agent">
      {view.agents.length === 0 ? (
        <Empty>{NOT_ENOUGH}</Empty>
      ) : (
        <div class="table-box">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Agent</th>
                <th scope="col" class="num">
                  p50
                </th>
                <th scope="col" class="num">
                  p95
                </th>
                <th scope="col" class="num wide">
                  p99
                </th>
                <th scope="col" class="num">
                  Tasks succeeded
                </th>
              </tr>
            </thead>
            <tbody>
              {view.agents.map(({ agent, responseMs, success, n }) => (
                <tr key={agent}>
                  <td>
                    <a href={`#agents/${encodeURIComponent(agent)}`}>{agent}</a>
                  </td>
                  <td class="num">{duration(responseMs?.p50)}</td>
                  <td class="num">{duration(responseMs?.p95)}</td>
                  <td class="num wide">{duration(responseMs?.p99)}</td>
                  <td class="num">
                    <span class={success === null ? "none" : ""}>{percent(success)}</span>{" "}
                    <span class="fine">n = {n}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
