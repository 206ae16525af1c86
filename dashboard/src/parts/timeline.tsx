import { useState } from "hono/jsx/dom";
import type { EventView } from "../api.ts";
import { count, timeOfDay } from "../format.ts";
import { useLive } from "../hooks.ts";
import { describe } from "../live/describe.ts";
import { Card, Data, Empty, Time, toneOf } from "./bits.tsx";

const filters = {
  everything: () => true,
  "what matters": ({ severity }: EventView) => severity !== "debug",
  "warnings and worse": ({ severity }: EventView) => severity !== "debug" && severity !== "info",
} as const;
type FilterName = keyof typeof filters;

const SHOWN = 120;

/** What happened, newest first, as it happens. */
export function Timeline() {
  const { timeline } = useLive();
  const [filter, setFilter] = useState<FilterName>("what matters");
  const [openId, setOpenId] = useState<string | undefined>(undefined);
  const shown = timeline.events.filter(filters[filter]).slice(0, SHOWN);
  const newest = timeline.events[0];
  const choice = (
    <label class="select">
      <span class="sr">Show</span>
      <select
        onChange={(event: Event) => {
          const wanted = (event.target as HTMLSelectElement).value;
          if (wanted in filters) setFilter(wanted as FilterName);
        }}
      >
        {Object.keys(filters).map((name) => (
          <option key={name} value={name} selected={name === filter}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Card title="Event timeline" class="timeline-card" aside={choice}>
      {shown.length === 0 ? (
        <Empty>Nothing has happened yet.</Empty>
      ) : (
        <ol class="timeline" data-testid="timeline">
          {shown.map((event) => (
            <Row
              key={event.id}
              event={event}
              open={openId === event.id}
              toggle={() => setOpenId(openId === event.id ? undefined : event.id)}
            />
          ))}
        </ol>
      )}
      <p class="fine newest">
        newest: <span data-testid="last-event-sequence">{newest === undefined ? "none" : newest.sequence}</span>{" "}
        <code data-testid="last-event-id">{newest?.id ?? ""}</code>
        <span class="push">{count(timeline.lastSequence)} in the journal</span>
      </p>
    </Card>
  );
}

function Row({
  event,
  open,
  toggle,
}: {
  readonly event: EventView;
  readonly open: boolean;
  readonly toggle: () => void;
}) {
  const atMs = Date.parse(event.time);
  return (
    <li class="event" data-sequence={event.sequence}>
      <button type="button" class="event-line" aria-expanded={open ? "true" : "false"} onClick={toggle}>
        <Time atMs={atMs} text={timeOfDay(atMs)} />
        <span class={`dot ${toneOf(event.severity)}`} title={event.severity}>
          <span class="sr">{event.severity}</span>
        </span>
        <span class="event-type">{event.type}</span>
        <span class="event-says">{describe(event)}</span>
      </button>
      {open ? (
        <div class="event-more">
          <p class="fine">
            #{event.sequence} · {event.id} · by {event.principal}
            {event.subject === undefined ? "" : ` · about ${event.subject}`}
            {event.causationid === undefined ? "" : ` · because of ${event.causationid}`}
          </p>
          <Data value={event.data} />
        </div>
      ) : null}
    </li>
  );
}
