import type { EventItem } from "../answers.ts";
import { type Api, connect } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { eventOf, sayEvent } from "../event-text.ts";
import { limitOf, limitOption } from "../listing.ts";
import { filterOf, filterOptions } from "./event-options.ts";
import { type EventQuery, eventPages, newestEvents } from "./read-events.ts";

export const list: Command = {
  name: "list",
  summary: "List events from the journal, each on one line",
  options: { ...filterOptions, limit: limitOption },
  notes: [
    "Without --after the newest are listed, at most a thousand; with it, those behind it. The newest stand last.",
    "`next` of the JSON is the sequence to go on after, null at the end.",
  ],
  examples: [
    "aios events",
    "aios events list --type 'task.**' --severity warning",
    "aios events list --after 1200 --json",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const query = filterOf(call);
  const after = call.given.count("after");
  const limit = limitOf(call);
  const { api } = await connect(call);
  const items =
    after === undefined ? (await newestEvents(api, query, limit)).toReversed() : await behind(api, query, after, limit);
  const next = after === undefined || items.length < limit ? null : (items.at(-1)?.sequence ?? null);
  return tell(call, { items, next }, () => {
    const events = items.map(eventOf).filter((event) => event !== undefined);
    return events.length === 0 ? "No events." : events.map((event) => sayEvent(event, call.terminal.paint)).join("");
  });
}

async function behind(api: Api, query: EventQuery, after: number, limit: number): Promise<readonly EventItem[]> {
  const found: EventItem[] = [];
  for await (const items of eventPages(api, query, after)) {
    found.push(...items);
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}
