import { api, type Run, read } from "../api.ts";
import { ago, words } from "../format.ts";
import { useNow, useResource } from "../hooks.ts";
import { Badge, Card, Empty, Pending, Time } from "./bits.tsx";

const SHOWN = "50";

/** Runs that were taken back, or could not be as a whole: exactly what is left of each. */
export function Review() {
  const now = useNow();
  const { value, failure } = useResource(() => read(api.runs.$get({ query: { review: "true", limit: SHOWN } })), {
    families: ["playbook"],
  });
  const runs = value?.items ?? [];
  return (
    <Card title="To review" aside="taken back, or left behind">
      {value === undefined ? <Pending failure={failure} /> : null}
      {value !== undefined && runs.length === 0 ? <Empty>Nothing was taken back, and nothing is left.</Empty> : null}
      <ul class="asks">
        {runs.map((run) => (
          <Row key={run.id} run={run} now={now} />
        ))}
      </ul>
      {value?.next === null || value === undefined ? null : (
        <p class="fine">
          Older ones: <code>aios runs --review --limit N</code>
        </p>
      )}
    </Card>
  );
}

function Row({ run, now }: { readonly run: Run; readonly now: number }) {
  const { id, playbook, target, outcome, rollback, settledAtMs, left } = run;
  return (
    <li class="ask" data-testid={`review-${id}`} data-rollback={rollback}>
      <p class="ask-head">
        <Badge word={words(rollback ?? "")} tone={rollback === "residue" ? "bad" : "muted"} />{" "}
        <strong>{playbook}</strong> on {target.kind} {target.id}
      </p>
      <p class="fine">
        {words(outcome ?? "")}
        {settledAtMs === undefined ? null : (
          <>
            {" "}
            · <Time atMs={settledAtMs} text={ago(settledAtMs, now)} />
          </>
        )}
      </p>
      <ul class="steps">
        {left.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </li>
  );
}
