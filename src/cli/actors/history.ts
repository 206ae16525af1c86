import { AiosError } from "../../kernel/errors.ts";
import type { ActorMove } from "../answers.ts";
import { connect, type Page, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { journalOf } from "../journal/source.ts";
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
  notes: [
    "The engine replays the actor alone from its journal; nothing is changed and nothing is done again. Where no engine",
    "runs, the journal of the data directory is read instead.",
  ],
  examples: ["aios actors history agent/coder", "aios actors history scheduler/main --after 1200 --limit 20 --json"],
  run,
};

/** A move as it arrives, or as it is found in the journal. */
type Move = Omit<ActorMove, "before" | "after" | "context"> & Record<"before" | "after" | "context", unknown>;

const MOST = 1000;

const columns: readonly Column<Move>[] = [
  { title: "SEQUENCE", of: ({ sequence }) => sequence, right: true },
  { title: "WHEN", of: ({ atMs }) => sayMoment(atMs) },
  { title: "EVENT", of: ({ type, heard }) => (heard === undefined ? type : `${type} (${heard})`) },
  { title: "BEFORE", of: ({ before }) => (before === null ? "not born" : sayState(before)), most: 40 },
  { title: "AFTER", of: ({ after, ended }) => `${sayState(after)}${ended ? ", ended" : ""}`, most: 50 },
  { title: "ARMED", of: ({ deadlines }) => deadlines.map(({ name, atMs }) => `${name} ${sayMoment(atMs)}`).join(", ") },
];

async function run(call: Call): Promise<number> {
  const { given, terminal, json } = call;
  const most = limitOf(call);
  const after = given.count("after") ?? 0;
  const found = await fromEngine(call, after, most).catch((failure: unknown) =>
    fromJournal(call, after, most, failure),
  );
  const none = `Nothing happened to ${plain(given.operand("ID"))} after ${after}.`;
  const done = tell(call, found, () => (found.items.length === 0 ? none : table(found.items, columns, terminal.paint)));
  if (!json && found.next !== null) terminal.err(`There is more: --after ${found.next} shows what follows.\n`);
  return done;
}

async function fromEngine(call: Call, from: number, most: number): Promise<Page<Move>> {
  const id = segment(call.given.operand("ID"));
  const { api } = await connect(call);
  const found: Page<Move> = { items: [], next: null };
  let after = from;
  do {
    const query = { after: String(after), limit: String(Math.min(MOST, most - found.items.length)) };
    const page: Page<Move> = await read(api.actors[":id"].history.$get({ param: { id }, query }));
    found.items.push(...page.items);
    found.next = page.next;
    after = page.items.at(-1)?.sequence ?? after;
  } while (found.next !== null && found.items.length < most);
  return found;
}

/** Where no engine answers, the journal of the data directory is read; where there is none either, `why` stands. */
async function fromJournal(call: Call, after: number, limit: number, why: unknown): Promise<Page<Move>> {
  if (!(why instanceof AiosError) || why.code !== "engine.unreachable") throw why;
  const { events, settings } = await journalOf(call).catch((): never => {
    throw why;
  });
  // A whole engine is loaded for it, which no other command of the group has to wait for.
  const [{ asleep }, { historyOf }] = await Promise.all([import("./asleep.ts"), import("../../runtime/history-of.ts")]);
  return historyOf(await asleep(settings), events(), call.given.operand("ID"), { after, limit });
}
