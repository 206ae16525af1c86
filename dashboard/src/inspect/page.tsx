import { useEffect, useRef, useState } from "hono/jsx/dom";
import { api, type Machine, readAll } from "../api.ts";
import { ago, duration, timeOfDay, until } from "../format.ts";
import { useNow, useResource } from "../hooks.ts";
import { Badge, Card, Data, Empty, Pending, Time } from "../parts/bits.tsx";
import { Drawing } from "./drawing.tsx";
import { heard, nothingWatched, statePath, type Watched } from "./machines.ts";
import { watchMachines } from "./socket.ts";
import { statechartOf } from "./statechart.ts";
import { openInspector } from "./stately.ts";

const REFRESH_MS = 2000;

/** The running statecharts, as they move. */
export function Inspect() {
  const now = useNow();
  const [watching, setWatching] = useState(nothingWatched);
  const [chosenId, choose] = useState<string | undefined>(decodeURIComponent(location.hash.slice(1)) || undefined);
  const { value, failure } = useResource(
    () =>
      readAll((after) => api.machines.$get({ query: { limit: "1000", ...(after === undefined ? {} : { after }) } })),
    { families: ["task", "agent", "playbook", "run", "incident", "approval"], everyMs: REFRESH_MS },
  );
  useEffect(() => watchMachines((messages) => setWatching((before) => heard(before, messages))), []);
  const machines = value ?? [];
  const chosen = machines.find(({ id }) => id === chosenId);
  const seen = chosenId === undefined ? undefined : watching.machines.get(chosenId);
  const open = (id: string) => {
    history.replaceState(null, "", `#${encodeURIComponent(id)}`);
    choose(id);
  };
  return (
    <main class="inspect">
      <div class="stack">
        <Card
          title="Running machines"
          aside={
            watching.dropped === 0 ? String(machines.length || "") : `${watching.dropped} moves were too many to show`
          }
        >
          {value === undefined ? <Pending failure={failure} /> : null}
          {value?.length === 0 ? <Empty>No machine is running.</Empty> : null}
          {machines.length === 0 ? null : (
            <div class="table-box">
              <table class="table">
                <thead>
                  <tr>
                    <th scope="col">Actor</th>
                    <th scope="col">State</th>
                    <th scope="col" class="wide">
                      Last event
                    </th>
                    <th scope="col" class="num">
                      Since
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {machines.map((machine) => (
                    <Row
                      key={machine.id}
                      machine={machine}
                      seen={watching.machines.get(machine.id)}
                      chosen={machine.id === chosenId}
                      now={now}
                      open={() => open(machine.id)}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Card>
      </div>
      <div class="detail">
        <Stately chosen={chosen} />
        {chosen === undefined && seen === undefined ? (
          <Card title="Statechart">
            <Empty>Choose a machine to see its states.</Empty>
          </Card>
        ) : (
          <Detail id={chosenId ?? ""} machine={chosen} seen={seen} now={now} />
        )}
      </div>
    </main>
  );
}

function Row(props: {
  readonly machine: Machine;
  readonly seen: Watched | undefined;
  readonly chosen: boolean;
  readonly now: number;
  readonly open: () => void;
}) {
  const { machine, seen, chosen, now, open } = props;
  return (
    <tr class={chosen ? "chosen" : ""} data-testid={`machine-${machine.id}`}>
      <td>
        <a
          href={`#${encodeURIComponent(machine.id)}`}
          class="name"
          aria-current={chosen ? "true" : undefined}
          onClick={(event: Event) => {
            event.preventDefault();
            open();
          }}
        >
          {machine.id}
        </a>
        <span class="fine block">{machine.machine}</span>
      </td>
      <td class="mono">{statePath(seen?.value ?? machine.state)}</td>
      <td class="wide mono">{seen?.lastEvent ?? machine.lastEvent ?? ""}</td>
      <td class="num nowrap">
        <Time atMs={machine.sinceMs} text={ago(machine.sinceMs, now)} />
        {machine.deadlines.map(({ name, atMs }) => (
          <span key={name} class="fine block">
            {name} {until(atMs, now)}
          </span>
        ))}
      </td>
    </tr>
  );
}

function Detail(props: {
  readonly id: string;
  readonly machine: Machine | undefined;
  readonly seen: Watched | undefined;
  readonly now: number;
}) {
  const { id, machine, seen, now } = props;
  const value = seen?.value ?? machine?.state;
  const chart = statechartOf(seen?.definition, value);
  return (
    <>
      <Card
        title={id}
        aside={
          machine === undefined
            ? "it has ended"
            : `${machine.machine}, ${duration(now - machine.sinceMs)} in this state`
        }
      >
        <p data-testid="machine-state">
          <Badge word={statePath(value)} tone="calm" />
        </p>
        {chart === undefined ? null : <Drawing root={chart} />}
      </Card>
      <Card title="Recent transitions" aside="since this page was opened">
        {seen === undefined || seen.transitions.length === 0 ? <Empty>None yet.</Empty> : null}
        <ol class="moves" data-testid="transitions">
          {(seen?.transitions ?? []).map((move) => (
            <li key={`${move.atMs} ${move.event} ${move.to}`}>
              <Time atMs={move.atMs} text={timeOfDay(move.atMs)} />
              <code>{move.event}</code>
              <span class="fine">
                {move.from} → {move.to}
              </span>
            </li>
          ))}
        </ol>
      </Card>
      <Card title="Context" aside="as its allow-list shows it">
        <Data value={seen?.context ?? machine?.context ?? {}} />
      </Card>
    </>
  );
}

function Stately({ chosen }: { readonly chosen: Machine | undefined }) {
  const [relaying, setRelaying] = useState(false);
  const stop = useRef<(() => void) | undefined>(undefined);
  const begin = (ids: readonly string[]) => {
    stop.current?.();
    stop.current = openInspector(ids);
    setRelaying(true);
  };
  const end = () => {
    stop.current?.();
    stop.current = undefined;
    setRelaying(false);
  };
  return (
    <Card title="Stately inspector" aside={relaying ? <Badge word="relaying" tone="good" /> : ""}>
      <div class="third-party">
        <p>
          Opens stately.ai in a window of its own and sends it what happens here: states, event types, ids and times,
          and of contexts what the machines' allow-lists name. stately.ai is a third party, and will see these redacted
          events.
        </p>
        <p class="ask-actions">
          <button type="button" class="button primary" data-testid="open-stately" onClick={() => begin([])}>
            Open in Stately inspector
          </button>
          {chosen === undefined ? null : (
            <button type="button" class="button" onClick={() => begin([chosen.id])}>
              Only {chosen.id}, every step
            </button>
          )}
          {relaying ? (
            <button type="button" class="button" onClick={end}>
              Stop sending
            </button>
          ) : null}
        </p>
      </div>
    </Card>
  );
}
