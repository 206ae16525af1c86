import { type Agent, api, readAll } from "../api.ts";
import { ago, percent, shortIds, words } from "../format.ts";
import { useNow, usePlace, useResource } from "../hooks.ts";
import { AgentDetail } from "../parts/agent-detail.tsx";
import { Badge, Bar, Card, Empty, Pending, Time } from "../parts/bits.tsx";
import { Effects } from "../parts/effects.tsx";
import { Supervision } from "../parts/supervision.tsx";

export function Agents() {
  const { id } = usePlace();
  const now = useNow();
  const { value, failure } = useResource(
    () => readAll((after) => api.agents.$get({ query: { limit: "500", ...(after === undefined ? {} : { after }) } })),
    { families: ["agent", "task"] },
  );
  const chosen = value?.find((agent) => agent.id === id);
  return (
    <div class={id === undefined ? "agents" : "agents split"}>
      <Card title="Agents" aside={<span class="tally">{value?.length ?? ""}</span>}>
        {value === undefined ? <Pending failure={failure} /> : null}
        {value?.length === 0 ? (
          <Empty>
            No agent is registered. <code>aios run -- python3 my_agent.py</code> runs any program under care.
          </Empty>
        ) : null}
        {value === undefined || value.length === 0 ? null : (
          <div class="table-box">
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">Agent</th>
                  <th scope="col">State</th>
                  <th scope="col">Breaker</th>
                  <th scope="col">Success</th>
                  <th scope="col" class="wide">
                    Running tasks
                  </th>
                  <th scope="col" class="wide num">
                    CPU, memory
                  </th>
                </tr>
              </thead>
              <tbody>
                {value.map((agent) => (
                  <Row key={agent.id} agent={agent} chosen={agent.id === id} now={now} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      {id === undefined ? (
        <>
          <Supervision />
          <Effects />
        </>
      ) : chosen !== undefined ? (
        <AgentDetail key={chosen.id} agent={chosen} />
      ) : value === undefined ? null : (
        <Card title={id}>
          <Empty>There is no agent of this name.</Empty>
        </Card>
      )}
    </div>
  );
}

function Row({ agent, chosen, now }: { readonly agent: Agent; readonly chosen: boolean; readonly now: number }) {
  const { usage } = agent;
  return (
    <tr class={chosen ? "chosen" : ""} data-testid={`agent-${agent.id}`}>
      <td>
        <a class="name" href={`#agents/${encodeURIComponent(agent.id)}`} aria-current={chosen ? "true" : undefined}>
          {agent.id}
        </a>
        <span class="fine block">
          {agent.kind}
          {agent.group === undefined ? "" : ` · ${agent.group}`}
        </span>
      </td>
      <td>
        <Badge word={agent.state} tone={agent.state === "degraded" ? "bad" : undefined} />
        <span class="fine block">
          {agent.accepting === "yes" ? "" : `${agent.accepting} · `}
          <Time atMs={agent.sinceMs} text={ago(agent.sinceMs, now)} />
        </span>
      </td>
      <td>
        <Badge word={words(agent.breaker)} tone={breakerTones[agent.breaker]} />
      </td>
      <td>
        <span
          class={agent.success.value === null ? "none" : ""}
          data-testid={`agent-success-${agent.id}`}
          data-value={agent.success.value ?? ""}
        >
          {percent(agent.success.value)}
        </span>
        <span class="fine"> n = {agent.success.n}</span>
        <Bar share={agent.success.value} tone={(agent.success.value ?? 0) >= 0.8 ? "good" : "poor"} />
      </td>
      <td class="wide">
        {agent.running.length === 0 ? (
          <span class="none">none</span>
        ) : (
          agent.running.map((task) => (
            <span key={task} class="block" title={task}>
              {shortIds(task)}
            </span>
          ))
        )}
      </td>
      <td class="wide num">
        {usage === undefined || agent.processes.length === 0 ? (
          <span class="none">no process</span>
        ) : (
          <Usage usage={usage} now={now} />
        )}
      </td>
    </tr>
  );
}

/** Older than this, a measurement says when it was taken. */
const FRESH_MS = 15_000;

function Usage({ usage, now }: { readonly usage: NonNullable<Agent["usage"]>; readonly now: number }) {
  const { cpuPercent, memoryMiB, atMs } = usage;
  return (
    <>
      {cpuPercent === undefined ? <span class="none">–</span> : `${cpuPercent.toFixed(0)} %`}
      <span class="fine block">
        {memoryMiB === undefined ? "" : `${memoryMiB.toFixed(0)} MiB`}
        {now - atMs < FRESH_MS ? null : (
          <>
            , <Time atMs={atMs} text={ago(atMs, now)} />
          </>
        )}
      </span>
    </>
  );
}

const breakerTones = { closed: "good", half_open: "fair", open: "bad" } as const;
