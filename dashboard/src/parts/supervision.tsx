import { act } from "../act.ts";
import { type Actor, api, read, readAll } from "../api.ts";
import { ago, amount, until, words } from "../format.ts";
import { useMayAct, useNow, useResource } from "../hooks.ts";
import { Badge, Card, Empty, Pending, Time } from "./bits.tsx";

/** Who looks after whom, and how that stands. An actor that never failed has no supervisor yet. */
export function Supervision() {
  const now = useNow();
  const { value, failure } = useResource(
    () => readAll((after) => api.actors.$get({ query: { limit: "500", ...(after === undefined ? {} : { after }) } })),
    { families: ["supervisor", "actor", "agent"] },
  );
  const supervisors = value?.filter(({ machine }) => machine === "supervisor");
  const quarantined = value?.filter((actor) => actor.quarantined !== undefined) ?? [];
  return (
    <Card title="Supervision" aside={value === undefined ? "" : amount(value.length, "actor")}>
      {value === undefined ? <Pending failure={failure} /> : null}
      {supervisors?.length === 0 && quarantined.length === 0 ? (
        <Empty>No actor has failed, and no resident agent asks to be looked after.</Empty>
      ) : null}
      <ul class="issues" data-testid="supervision">
        {quarantined.map((actor) => (
          <li key={`held ${actor.id}`} class="issue">
            <Badge word="quarantined" tone="bad" />
            <span class="name">{actor.id}</span>
            <span class="fine clamp" title={actor.quarantined}>
              {actor.quarantined}
            </span>
          </li>
        ))}
        {(supervisors ?? []).map((actor) => (
          <Supervisor key={actor.id} actor={actor} now={now} />
        ))}
      </ul>
    </Card>
  );
}

const tones: Readonly<Record<string, string>> = { watching: "good", waiting: "fair", escalated: "bad" };

function Supervisor({ actor, now }: { readonly actor: Actor; readonly now: number }) {
  const mayAct = useMayAct();
  const state = typeof actor.state === "string" ? actor.state : JSON.stringify(actor.state);
  const { strategy, children, attempt, down } = factsOf(actor.context);
  const [next] = [...actor.deadlines].sort((a, b) => a.atMs - b.atMs);
  return (
    <li class="issue" data-testid={`supervisor-${actor.id}`} data-state={state}>
      <Badge word={state} tone={tones[state]} />
      <span>
        <span class="name">{actor.id}</span>
        <span class="fine block">
          {strategy === undefined ? "" : `${words(strategy)}: `}
          {children.map(({ id, restart }) => `${id} (${restart})`).join(", ")}
          {down.length === 0 ? "" : ` · down: ${down.join(", ")}`}
        </span>
      </span>
      <span class="fine nowrap">
        {amount(attempt, "restart")} ·{" "}
        {state === "waiting" && next !== undefined ? (
          <>next {until(next.atMs, now)}</>
        ) : (
          <Time atMs={actor.sinceMs} text={ago(actor.sinceMs, now)} />
        )}
        {state === "escalated" && mayAct ? (
          <button
            type="button"
            class="button"
            aria-label={`Try ${down.join(", ")} again`}
            onClick={() => void again(givenUp(actor.id))}
          >
            Try again
          </button>
        ) : null}
      </span>
    </li>
  );
}

/** A supervisor of one actor is named after it; of resident agents it stands for those that it has given up. */
function givenUp(supervisor: string): string {
  return supervisor.replace(/^supervisor\//, "");
}

async function again(id: string): Promise<void> {
  await act(`${id} is tried again`, () => read(api.actors[":id"].restart.$post({ param: { id } })));
}

interface Facts {
  readonly strategy?: string | undefined;
  readonly children: readonly { readonly id: string; readonly restart: string }[];
  readonly attempt: number;
  readonly down: readonly string[];
}

/** What is shown of a supervisor's context, where it has it. */
function factsOf(context: Actor["context"]): Facts {
  const { plan, attempt, down } = (context ?? {}) as Partial<Facts> & { readonly plan?: Partial<Facts> };
  return { strategy: plan?.strategy, children: plan?.children ?? [], attempt: attempt ?? 0, down: down ?? [] };
}
