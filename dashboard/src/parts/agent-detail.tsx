import { useState } from "hono/jsx/dom";
import { act } from "../act.ts";
import { type Agent, api, read } from "../api.ts";
import { ago, amount, duration, shortIds, timeOfDay, words } from "../format.ts";
import { useMayAct, useNow, useResource } from "../hooks.ts";
import { Badge, Card, Data, Empty, Pending, Time } from "./bits.tsx";
import { ask } from "./dialog.tsx";

type Command = "start" | "stop" | "drain" | "reset" | "archive";

const commands: readonly {
  readonly command: Command;
  readonly title: string;
  readonly text: string;
  readonly tone?: "danger";
  readonly makesSense: (agent: Agent) => boolean;
}[] = [
  {
    command: "start",
    title: "Start",
    text: "It takes tasks again.",
    makesSense: ({ accepting }) => accepting === "drained" || accepting === "stopped",
  },
  {
    command: "drain",
    title: "Drain",
    text: "It takes no new task; what runs may finish.",
    makesSense: ({ accepting }) => accepting === "yes",
  },
  {
    command: "stop",
    title: "Stop",
    text: "Its processes are ended, and what they run with them.",
    tone: "danger",
    makesSense: ({ accepting }) => accepting === "yes" || accepting === "drained",
  },
  {
    command: "reset",
    title: "Reset",
    text: "It goes back to idle with its breaker closed.",
    makesSense: ({ state, breaker }) => state !== "idle" || breaker !== "closed",
  },
  {
    command: "archive",
    title: "Archive",
    text: "It takes no more work.",
    tone: "danger",
    makesSense: ({ state }) => state !== "archived",
  },
];

/** One agent: what it did, with which configuration, and how it failed. */
export function AgentDetail({ agent }: { readonly agent: Agent }) {
  const mayAct = useMayAct();
  const close = (
    <a href="#agents" class="quiet" aria-label="Close">
      ×
    </a>
  );
  return (
    <div class="detail">
      <Card title={agent.id} aside={close}>
        <p class="fine">
          {agent.kind} · version {agent.configVersion} · {amount(agent.concurrency, "task")} at once
          {agent.capabilities.length === 0 ? "" : ` · can ${agent.capabilities.join(", ")}`}
          {agent.processes.length === 0 ? "" : ` · process ${agent.processes.map(({ pid }) => pid).join(", ")}`}
        </p>
        {agent.lastError === undefined ? null : (
          <p class="alert">
            <span class="clamp" title={agent.lastError}>
              last error: {agent.lastError}
            </span>
          </p>
        )}
        {mayAct ? (
          <p class="ask-actions">
            {commands
              .filter(({ makesSense }) => makesSense(agent))
              .map((one) => (
                <button key={one.command} type="button" class="button" onClick={() => void command(agent.id, one)}>
                  {one.title}
                </button>
              ))}
          </p>
        ) : null}
      </Card>
      <Tasks agent={agent.id} />
      <Failures agent={agent.id} />
      <Configurations agent={agent.id} version={agent.configVersion} />
    </div>
  );
}

async function command(id: string, one: (typeof commands)[number]): Promise<void> {
  const { command, title, text, tone } = one;
  const question = { title: `${title} ${id}?`, text, action: title, reason: "Reason (optional)" };
  const reason = await ask(tone === undefined ? question : { ...question, tone });
  if (reason === undefined) return;
  await act(`${title} of ${id} is recorded`, () =>
    read(api.agents[":id"][":command"].$post({ param: { id, command }, json: reason === "" ? {} : { reason } })),
  );
}

function Tasks({ agent }: { readonly agent: string }) {
  const { value, failure } = useResource(() => read(api.tasks.$get({ query: { agent, limit: "50" } })), {
    key: agent,
    families: ["task"],
  });
  return (
    <Card title="Task history" aside="newest first">
      {value === undefined ? <Pending failure={failure} /> : null}
      {value?.items.length === 0 ? <Empty>It has not had a task yet.</Empty> : null}
      {value === undefined || value.items.length === 0 ? null : (
        <div class="table-box tall">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Task</th>
                <th scope="col">State</th>
                <th scope="col" class="num">
                  Took
                </th>
                <th scope="col" class="wide">
                  Submitted
                </th>
              </tr>
            </thead>
            <tbody>
              {value.items.map((task) => (
                <tr key={task.id}>
                  <td>
                    <span class="name mono" title={task.id}>
                      {shortIds(task.id)}
                    </span>
                    <span class="fine clamp">{task.error?.message ?? task.waitingFor ?? inputOf(task.input)}</span>
                  </td>
                  <td>
                    <Badge word={task.state} />
                    <span class="fine block nowrap">
                      {task.priority} · {amount(task.attempts, "attempt")}
                    </span>
                  </td>
                  <td class="num">
                    {task.durationMs === undefined ? <span class="none">–</span> : duration(task.durationMs)}
                  </td>
                  <td class="wide">
                    <Time atMs={task.submittedAtMs} text={timeOfDay(task.submittedAtMs)} />
                    <span class="fine block">{task.submittedBy}</span>
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

/** The task's input in one line; what it was asked to do tells it from others better than its id. */
function inputOf(input: unknown): string {
  return typeof input === "string" ? input : JSON.stringify(input);
}

function Failures({ agent }: { readonly agent: string }) {
  const now = useNow();
  const { value, failure } = useResource(() => read(api.failures.$get({ query: { agent } })), {
    key: agent,
    families: ["failure", "lesson"],
  });
  return (
    <Card title="How it failed">
      {value === undefined ? <Pending failure={failure} /> : null}
      {value?.items.length === 0 ? <Empty>No failure of it was recognised.</Empty> : null}
      <ul class="issues">
        {(value?.items ?? []).map((one) => (
          <li key={one.fingerprint} class="issue">
            {one.level === undefined ? <Badge word="no lesson" tone="muted" /> : <Badge word={one.level} />}
            <FailureWords fingerprint={one.fingerprint} template={one.template} />
            <span class="fine nowrap">
              {amount(one.tasks, "task")} · <Time atMs={one.lastAtMs} text={ago(one.lastAtMs, now)} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The failure's words; opened, why they are one failure. */
function FailureWords({ fingerprint, template }: { readonly fingerprint: string; readonly template: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details
      onToggle={({ currentTarget }: Event) =>
        setOpen(currentTarget instanceof HTMLDetailsElement && currentTarget.open)
      }
    >
      <summary>
        <code class="clamp">{template}</code>
      </summary>
      {open ? <FailureReasons fingerprint={fingerprint} /> : null}
    </details>
  );
}

function FailureReasons({ fingerprint }: { readonly fingerprint: string }) {
  const { value, failure } = useResource(() => read(api.failures[":id"].explain.$get({ param: { id: fingerprint } })), {
    key: fingerprint,
    families: ["failure", "lesson"],
  });
  if (value === undefined) return <Pending failure={failure} />;
  const { aliases, rules, why } = value;
  return (
    <ul class="fine">
      <li>
        fingerprint <code>{value.fingerprint}</code>, rules {rules}
        {aliases.length === 0 ? "" : `, was called ${aliases.join(", ")}`}
      </li>
      {why.map((one) => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );
}

function Configurations({ agent, version }: { readonly agent: string; readonly version: number }) {
  const now = useNow();
  const { value, failure } = useResource(
    () => read(api.agents[":id"].configuration.$get({ param: { id: agent }, query: {} })),
    { key: `${agent} ${version}`, families: [] },
  );
  return (
    <Card title="Configuration">
      {value === undefined ? <Pending failure={failure} /> : null}
      {(value?.items ?? []).map((one) => (
        <details key={one.version} open={one.current}>
          <summary>
            version {one.version} {one.current ? <Badge word="current" tone="good" /> : null}{" "}
            <span class="fine">
              by {one.by} <Time atMs={one.atMs} text={ago(one.atMs, now)} />
              {one.restores === undefined ? "" : ` · restores version ${one.restores}`} ·{" "}
              {words(one.configHash.slice(0, 12))}
            </span>
          </summary>
          <Data value={one.config} />
        </details>
      ))}
    </Card>
  );
}
