import { textOf } from "../../actors/views/timeline-texts.ts";
import type { EventItem } from "../answers.ts";
import { type Api, connect } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { eventOf } from "../event-text.ts";
import { limitOf, limitOption } from "../listing.ts";
import { sayAge, sayMoment } from "../say.ts";
import { type Column, table } from "../table.ts";
import { eventPages, newestEvents, PAGE } from "./read-events.ts";

export const audit: Command = {
  name: "audit",
  summary: "List what people and programs caused: who, when, what; newest first",
  options: {
    principal: { type: "string", value: "NAME", says: "only this one, for example operator:first or agent:coder" },
    after: { type: "string", value: "SEQUENCE", says: "only what happened behind this sequence" },
    limit: limitOption,
  },
  notes: ["What the engine did by itself is left out, and so are agents' reports about their work."],
  examples: ["aios audit", "aios audit --principal agent:coder --limit 200", "aios audit --json"],
  run,
};

/** Agents report progress, heartbeats and usage below this. */
const query = { severity: "info" } as const;
/** Names under which the engine acts by itself. */
const own: ReadonlySet<string> = new Set(["engine", "reactor"]);

async function run(call: Call): Promise<number> {
  const principal = call.given.text("principal");
  const after = call.given.count("after") ?? 0;
  const limit = limitOf(call);
  const { api } = await connect(call);
  const isWanted = (event: EventItem) =>
    event.sequence > after && (principal === undefined ? !own.has(event.principal) : event.principal === principal);
  const items = await newestOf(api, after, limit, isWanted);
  return tell(call, { items }, () =>
    items.length === 0 ? "Nobody did anything." : table(items, columns(Date.now()), call.terminal.paint),
  );
}

/** The newest are looked at first; only when they are not enough, the whole journal is read. */
async function newestOf(
  api: Api,
  after: number,
  limit: number,
  isWanted: (event: EventItem) => boolean,
): Promise<readonly EventItem[]> {
  const newest = await newestEvents(api, query, PAGE);
  const found = newest.filter(isWanted);
  const reachesBack = newest.length < PAGE || (newest.at(-1)?.sequence ?? 0) <= after;
  if (found.length >= limit || reachesBack) return found.slice(0, limit);
  let last: readonly EventItem[] = [];
  for await (const items of eventPages(api, query, after)) last = [...last, ...items.filter(isWanted)].slice(-limit);
  return last.toReversed();
}

const columns = (nowMs: number): readonly Column<EventItem>[] => [
  { title: "SEQUENCE", of: ({ sequence }) => sequence, right: true },
  { title: "WHEN", of: (item) => whenOf(item, nowMs) },
  { title: "WHO", of: ({ principal }) => principal },
  { title: "TYPE", of: ({ type }) => type },
  { title: "WHAT", of: sayWhat, most: 100 },
];

function whenOf(item: EventItem, nowMs: number): string {
  const at = eventOf(item)?.at;
  return at === undefined ? item.time : `${sayMoment(at)} (${sayAge(at, nowMs)})`;
}

function sayWhat(item: EventItem): string {
  const event = eventOf(item);
  return event === undefined ? "" : textOf(event);
}
