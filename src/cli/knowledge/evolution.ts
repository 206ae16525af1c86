import { sayInterference } from "../../domain/interference.ts";
import type { Suggestion } from "../answers.ts";
import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayAge, sayJson, sayWhen } from "../say.ts";
import { bullets, type Column, details, section } from "../table.ts";
import { type Paint, plain } from "../terminal.ts";

const list: Command = {
  name: "list",
  summary: "List what is, was or could be improved, with risk, state and trial",
  options: { agent: { type: "string", value: "ID", says: "only improvements of this agent" }, limit: limitOption },
  examples: ["aios evolution", "aios evolution list --agent coder --json"],
  run: listImprovements,
};

const operands = [{ name: "ID", says: "the improvement's id" }] as const;
const options = { reason: { type: "string", value: "TEXT", says: "why, for the journal" } } as const;

const show: Command = {
  name: "show",
  summary: "Show one improvement: the change, what it rests on, and how its trial stands",
  operands,
  examples: ["aios evolution show improvement-3f9a1c07b2de"],
  run: showImprovement,
};

const approve: Command = {
  name: "approve",
  summary: "Let an improvement that asks be tried",
  operands,
  options,
  notes: ["The approval is bound to the change and to the configuration that was looked at."],
  examples: ["aios evolution approve improvement-3f9a1c07b2de"],
  run: (call) => order(call, "approve"),
};

const reject: Command = {
  name: "reject",
  summary: "Refuse an improvement that asks",
  operands,
  options,
  examples: ['aios evolution reject improvement-3f9a1c07b2de --reason "that model costs too much"'],
  run: (call) => order(call, "reject"),
};

const rollback: Command = {
  name: "rollback",
  summary: "End a trial, or take back what was kept",
  operands,
  options,
  notes: ["What held before is restored and compared byte for byte."],
  examples: ["aios evolution rollback improvement-3f9a1c07b2de"],
  run: (call) => order(call, "rollback"),
};

export const evolution: Group = {
  name: "evolution",
  summary: "Look at improvements of agents and their trials, and decide about them",
  usual: "list",
  commands: [list, show, approve, reject, rollback],
};

const columns = (nowMs: number): readonly Column<Suggestion>[] => [
  { title: "IMPROVEMENT", of: ({ id }) => id },
  { title: "KIND", of: ({ kind }) => kind },
  { title: "STATE", of: ({ state }) => state },
  { title: "RISK", of: ({ risk }) => risk },
  { title: "AGENT", of: ({ agent }) => agent },
  {
    title: "TRIAL",
    of: ({ trial, shadow }) => (trial ? sayTrial(trial) : shadow && `shadow ${shadow.pairs} of ${shadow.most}`),
  },
  { title: "WHEN", of: ({ atMs }) => sayAge(atMs, nowMs) },
  { title: "WHAT", of: ({ title, detail }) => `${title}: ${detail}`, most: 90 },
];

type Trial = NonNullable<Suggestion["trial"]>;

function sayTrial({ blocks, most, control, candidate }: Trial): string {
  if (control === null || candidate === null) return `0 of ${most}`;
  return `${blocks} of ${most}, ${percent(control)} → ${percent(candidate)}`;
}

function sayShadow({ pairs, most, control, candidate, lost, won }: NonNullable<Suggestion["shadow"]>): string {
  return `${pairs} of ${most}: ${control} succeeded, of the copies ${candidate} (${won} better, ${lost} worse)`;
}

function sayDifference({ difference }: Trial): string | undefined {
  if (difference === null) return undefined;
  const { mean, low, high } = difference;
  return `${signed(mean)} (95 % interval ${signed(low)} to ${signed(high)})`;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const signed = (share: number) => `${share < 0 ? "−" : "+"}${Math.abs(Math.round(share * 100))} points`;

function sayImprovement(one: Suggestion, nowMs: number, paint: Paint): string {
  const { trial, restored } = one;
  const said = trial?.interference && sayInterference(trial.interference);
  return [
    details(
      [
        ["improvement", one.id],
        ["what", one.title],
        ["because", one.detail],
        ["agent", one.agent],
        ["kind", one.kind],
        ["risk", one.risk, one.risk === "low" ? "green" : "yellow"],
        ["state", one.state, one.state === "asking" ? "cyan" : undefined],
        ["outcome", one.outcome],
        ["restored", restored === undefined ? undefined : restored ? "byte for byte" : "no: it was changed since"],
        ["versions", one.candidate === undefined ? undefined : `${one.control} against ${one.candidate}`],
        ["helped first", one.from],
        ["shadow", one.shadow && sayShadow(one.shadow)],
        ["pairs", trial && sayTrial(trial)],
        ["difference", trial && sayDifference(trial)],
        // Where it ended the trial, it is the outcome.
        ["present version", said === one.outcome ? undefined : said],
        ["fingerprint", one.fingerprint],
        ["approval", one.approval],
        ["changed", sayWhen(one.atMs, nowMs)],
      ],
      paint,
    ),
    section("Change", one.patch === undefined ? "" : `${sayJson(one.patch)}\n`, paint),
    section("Evidence", bullets(one.evidence), paint),
  ].join("");
}

async function listImprovements(call: Call): Promise<number> {
  const agent = call.given.text("agent");
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.evolution.$get({ query: { ...wish, agent } }));
  return tellList(call, page, columns(Date.now()), "No suggestions.");
}

async function showImprovement(call: Call): Promise<number> {
  const { api } = await connect(call);
  const id = segment(call.given.operand("ID"));
  const one = await read(api.evolution[":id"].$get({ param: { id } }));
  return tell(call, one, () => sayImprovement(one, Date.now(), call.terminal.paint));
}

/** What follows is carried out by the engine; `show` tells how far it is. */
const done = {
  approve: "is approved and will be tried",
  reject: "is rejected",
  rollback: "is being taken back",
} as const;

async function order(call: Call, wish: keyof typeof done): Promise<number> {
  const { api } = await connect(call);
  const id = segment(call.given.operand("ID"));
  const reason = call.given.text("reason");
  const one = await read(
    api.evolution[":id"][":order"].$post({
      param: { id, order: wish },
      json: reason === undefined ? {} : { reason },
    }),
  );
  return tell(call, one, () => `Improvement ${plain(one.id)} ${done[wish]}.`);
}
