import type { ActorMove } from "../answers.ts";
import { connect, type Page, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { limitOf, limitOption } from "../listing.ts";
import { sayMoment } from "../say.ts";
import { type Column, table } from "../table.ts";
import { plain } from "../terminal.ts";
import { sayState } from "./state-text.ts";

export const history: Command = {
  name: "history",
  summary: "Show what each event of the journal did to one actor, oldest first",
  operands: [{ name: "ID", says: "the actor's id; one that has ended may be asked for too" }],
  options: {
    after: { type: "string", value: "SEQ", says: "only what came after this sequence" },
    limit: limitOption,
  },
  notes: ["The engine replays the actor alone from its journal; nothing is changed and nothing is done again."],
  examples: ["aios actors history agent/coder", "aios actors history scheduler/main --after 1200 --limit 20 --json"],
  run,
};

const MOST = 1000;

const columns: readonly Column<ActorMove>[] = [
  { title: "SEQUENCE", of: ({ sequence }) => sequence, right: true },
  { title: "WHEN", of: ({ atMs }) => sayMoment(atMs) },
  { title: "EVENT", of: ({ type, heard }) => (heard === undefined ? type : `${type} (${heard})`) },
  { title: "BEFORE", of: ({ before }) => (before === null ? "not born" : sayState(before)), most: 40 },
  { title: "AFTER", of: ({ after, ended }) => `${sayState(after)}${ended ? ", ended" : ""}`, most: 50 },
  { title: "ARMED", of: ({ deadlines }) => deadlines.map(({ name, atMs }) => `${name} ${sayMoment(atMs)}`).join(", ") },
];

async function run(call: Call): Promise<number> {
  const { given, terminal, json } = call;
  const id = segment(given.operand("ID"));
  const most = limitOf(call);
  let after = given.count("after") ?? 0;
  const { api } = await connect(call);
  const found: Page<ActorMove> = { items: [], next: null };
  do {
    const query = { after: String(after), limit: String(Math.min(MOST, most - found.items.length)) };
    const page: Page<ActorMove> = await read(api.actors[":id"].history.$get({ param: { id }, query }));
    found.items.push(...page.items);
    found.next = page.next;
    after = page.items.at(-1)?.sequence ?? after;
  } while (found.next !== null && found.items.length < most);
  const none = `Nothing happened to ${plain(given.operand("ID"))} after ${after}.`;
  const done = tell(call, found, () => (found.items.length === 0 ? none : table(found.items, columns, terminal.paint)));
  if (!json && found.next !== null) terminal.err(`There is more: --after ${found.next} shows what follows.\n`);
  return done;
}
