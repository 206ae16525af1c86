import { api, type LedgerEntry, read } from "../api.ts";
import { ago, shortIds } from "../format.ts";
import { useNow, useResource } from "../hooks.ts";
import { Badge, Card, Empty, Pending, Time } from "./bits.tsx";

const tones: Readonly<Record<LedgerEntry["outcome"], string>> = {
  under_way: "calm",
  done: "good",
  failed: "bad",
  cancelled: "muted",
  interrupted: "fair",
  none: "poor",
};

/** The ledger: what was done outside, under which key, for the how manieth time, and how it ended. */
export function Effects() {
  const now = useNow();
  const { value, failure } = useResource(() => read(api.effects.$get({ query: { limit: "50" } })), {
    families: ["task", "run", "notification", "agent"],
  });
  return (
    <Card title="Effects" aside="what was done outside, newest first">
      {value === undefined ? <Pending failure={failure} /> : null}
      {value?.items.length === 0 ? <Empty>Nothing was done outside yet.</Empty> : null}
      {value === undefined || value.items.length === 0 ? null : (
        // A region that scrolls is reached by the keyboard, too.
        <section class="table-box tall" tabindex={0} aria-label="Ledger of effects">
          <table class="table" data-testid="effects">
            <thead>
              <tr>
                <th scope="col">Effect</th>
                <th scope="col">Outcome</th>
                <th scope="col" class="num">
                  Try
                </th>
                <th scope="col" class="wide">
                  When
                </th>
              </tr>
            </thead>
            <tbody>
              {value.items.map((one) => (
                <Row key={`${one.effect} ${one.key} ${one.attempt}`} one={one} now={now} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Card>
  );
}

function Row({ one, now }: { readonly one: LedgerEntry; readonly now: number }) {
  const atMs = one.startedAtMs ?? one.endedAtMs;
  return (
    <tr data-testid="effect" data-key={one.key} data-outcome={one.outcome}>
      <td>
        <span class="name">{one.effect}</span>
        <span class="fine block mono" title={one.key}>
          {shortIds(one.key)}
        </span>
        {one.detail === undefined ? null : (
          <span class="fine clamp" title={one.detail}>
            {one.detail}
          </span>
        )}
      </td>
      <td>
        <Badge word={one.outcome === "none" ? "no outcome" : one.outcome} tone={tones[one.outcome]} />
      </td>
      <td class="num">{one.attempt}</td>
      <td class="wide">{atMs === undefined ? null : <Time atMs={atMs} text={ago(atMs, now)} />}</td>
    </tr>
  );
}
