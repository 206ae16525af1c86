import type { Runtime } from "../../runtime.ts";
import type { Machine } from "../answers.ts";
import { connect, type Page, read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { alsoFromJournal, engineOrJournal, existing, firstOf } from "../engine-or-journal.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayAge, sayJson, sayWhen } from "../say.ts";
import { type Column, details, section, table } from "../table.ts";
import { type Paint, plain } from "../terminal.ts";
import { history } from "./history.ts";
import { sayState } from "./state-text.ts";

const list: Command = {
  name: "list",
  summary: "List the statecharts that are running, with their state and next deadline",
  options: {
    machine: { type: "string", value: "NAME", says: "only these, for example agent, scheduler, remediation" },
    parent: { type: "string", value: "ID", says: "only children of this actor" },
    limit: limitOption,
  },
  notes: [alsoFromJournal],
  examples: ["aios actors", "aios actors list --machine remediation --json"],
  run: listActors,
};

const show: Command = {
  name: "show",
  summary: "Show one running statechart: its state, deadlines and what it remembers",
  operands: [{ name: "ID", says: "the actor's id" }],
  notes: [alsoFromJournal],
  examples: ["aios actors show agent/coder"],
  run: showActor,
};

const restart: Command = {
  name: "restart",
  summary: "Try a quarantined statechart again that was given up",
  operands: [{ name: "ID", says: "the actor's id" }],
  notes: ["Its events are folded anew from the journal; it hears the event it failed at again, and what had waited."],
  examples: ["aios actors restart agent/coder"],
  run: restartActor,
};

export const actors: Group = {
  name: "actors",
  summary: "Look at the statecharts that are running",
  usual: "list",
  commands: [list, show, history, restart],
};

/** An actor as it arrives, or as it is found in the journal. */
type Standing = Omit<Machine, "state" | "context"> & { readonly state: unknown; readonly context?: unknown };

const columns = (nowMs: number): readonly Column<Standing>[] => [
  { title: "ACTOR", of: ({ id }) => id },
  { title: "MACHINE", of: ({ machine }) => machine },
  { title: "STATE", of: ({ state }) => sayState(state), most: 40 },
  { title: "HEALTH", of: ({ quarantined }) => (quarantined === undefined ? "ok" : "quarantined") },
  { title: "SINCE", of: ({ sinceMs }) => sayAge(sinceMs, nowMs) },
  { title: "NEXT DEADLINE", of: ({ deadlines }) => nextOf(deadlines, nowMs) },
  { title: "LAST HEARD", of: ({ lastEvent }) => lastEvent },
];

function nextOf(deadlines: Machine["deadlines"], nowMs: number): string | undefined {
  const [next] = [...deadlines].sort((a, b) => a.atMs - b.atMs);
  return next === undefined ? undefined : `${next.name} ${sayAge(next.atMs, nowMs)}`;
}

const deadlineColumns = (nowMs: number): readonly Column<Machine["deadlines"][number]>[] => [
  { title: "DEADLINE", of: ({ name }) => name },
  { title: "WHEN", of: ({ atMs }) => sayWhen(atMs, nowMs) },
];

function sayActor(actor: Standing, nowMs: number, paint: Paint): string {
  const { deadlines, context } = actor;
  const rows = details(
    [
      ["actor", actor.id],
      ["machine", actor.machine],
      ["parent", actor.parent],
      ["state", sayState(actor.state)],
      ["since", sayWhen(actor.sinceMs, nowMs)],
      ["last heard", actor.lastEvent],
      ["quarantined", actor.quarantined],
    ],
    paint,
  );
  const due = deadlines.length === 0 ? "" : table(deadlines, deadlineColumns(nowMs), paint);
  const memory = context === undefined ? "" : `${sayJson(context)}\n`;
  return `${rows}${section("Deadlines", due, paint)}${section("Remembers", memory, paint)}`;
}

async function listActors(call: Call): Promise<number> {
  const { given } = call;
  const limit = limitOf(call);
  const wishes = { machine: given.text("machine"), parent: given.text("parent") };
  const wanted = ({ machine, parent }: Standing) =>
    (wishes.machine === undefined || machine === wishes.machine) &&
    (wishes.parent === undefined || parent === wishes.parent);
  const page = await engineOrJournal<Page<Standing>>(
    call,
    (api) => readList(limit, (wish) => api.actors.$get({ query: { ...wish, ...wishes } })),
    async (runtime) => firstOf((await standing(runtime)).filter(wanted), limit, ({ id }) => id),
  );
  return tellList(call, page, columns(Date.now()), "No actors.");
}

async function showActor(call: Call): Promise<number> {
  const name = call.given.operand("ID");
  const id = segment(name);
  const actor = await engineOrJournal<Standing>(
    call,
    (api) => read(api.actors[":id"].$get({ param: { id } })),
    async (runtime) =>
      existing(
        (await standing(runtime)).find((one) => one.id === name),
        `actor ${name}`,
      ),
  );
  return tell(call, actor, () => sayActor(actor, Date.now(), call.terminal.paint));
}

async function standing(runtime: Runtime): Promise<readonly Standing[]> {
  const { actorsDoor } = await import("../../runtime/doors/actors-door.ts");
  return actorsDoor(runtime).list();
}

async function restartActor(call: Call): Promise<number> {
  const { api } = await connect(call);
  const id = segment(call.given.operand("ID"));
  const actor = await read(api.actors[":id"].restart.$post({ param: { id } }));
  return tell(call, actor, () => `${plain(actor.id)} is tried again; look with: aios actors show ${plain(actor.id)}`);
}
