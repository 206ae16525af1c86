import type { Runtime } from "../../runtime.ts";
import type { DeadLetter } from "../answers.ts";
import { read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { alsoFromJournal, engineOrJournal, existing, firstOf } from "../engine-or-journal.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayAge, sayWhen } from "../say.ts";
import { type Column, details } from "../table.ts";
import { replay } from "./replay.ts";

const list: Command = {
  name: "list",
  summary: "List the tasks that spent their retries and the events that found no room, newest first",
  options: { limit: limitOption },
  notes: [alsoFromJournal],
  examples: ["aios deadletters", "aios deadletters list --json"],
  run: listLetters,
};

const show: Command = {
  name: "show",
  summary: "Show one dead letter: what its task failed of, and whether it was queued again",
  operands: [{ name: "ID", says: "the dead letter's id" }],
  notes: [alsoFromJournal],
  examples: ["aios deadletters show task-3f9a1c"],
  run: showLetter,
};

export const deadletters: Group = {
  name: "deadletters",
  summary: "Look at tasks that spent their retries, and queue them again",
  usual: "list",
  commands: [list, show, replay],
};

const columns = (nowMs: number): readonly Column<DeadLetter>[] => [
  { title: "DEAD LETTER", of: ({ id }) => id },
  { title: "TASK", of: ({ task }) => task },
  { title: "AGENT", of: ({ agent }) => agent },
  { title: "COUNT", of: ({ count }) => count, right: true },
  { title: "TRIES", of: ({ kind, attempts }) => (kind === "task" ? attempts : undefined), right: true },
  { title: "WHEN", of: ({ atMs }) => sayAge(atMs, nowMs) },
  { title: "REPLAYED", of: ({ replayed }) => (replayed ? "yes" : "no") },
  { title: "WHAT", of: ({ reason, message }) => `${reason}: ${message}`, most: 60 },
];

async function listLetters(call: Call): Promise<number> {
  const limit = limitOf(call);
  const page = await engineOrJournal(
    call,
    (api) => readList(limit, (query) => api.deadletters.$get({ query })),
    async (runtime) => firstOf(await (await lettersOf(runtime)).list(), limit, ({ id }) => id),
  );
  return tellList(call, page, columns(Date.now()), "No dead letters.");
}

async function showLetter(call: Call): Promise<number> {
  const name = call.given.operand("ID");
  const id = segment(name);
  const letter = await engineOrJournal(
    call,
    (api) => read(api.deadletters[":id"].$get({ param: { id } })),
    async (runtime) => existing(await (await lettersOf(runtime)).get(name), `dead letter ${name}`),
  );
  return tell(call, letter, () =>
    details(
      [
        ["dead letter", letter.id],
        ["task", letter.task],
        ["agent", letter.agent],
        ["reason", letter.reason],
        ["message", letter.message],
        ["count", letter.count],
        ["of types", letter.types === undefined ? undefined : sayTypes(letter.types)],
        ["tries", letter.kind === "task" ? letter.attempts : undefined],
        ["when", sayWhen(letter.atMs, Date.now())],
        ["replayed", letter.kind === "task" ? (letter.replayed ? "yes" : "no") : "they were never written"],
      ],
      call.terminal.paint,
    ),
  );
}

async function lettersOf(runtime: Runtime) {
  const { deadLettersDoor } = await import("../../runtime/doors/dead-letters-door.ts");
  return deadLettersDoor(runtime);
}

function sayTypes(types: Readonly<Record<string, number>>): string {
  return Object.entries(types)
    .map(([type, count]) => `${count} ${type}`)
    .join(", ");
}
