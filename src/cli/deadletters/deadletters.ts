import type { DeadLetter } from "../answers.ts";
import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayAge } from "../say.ts";
import type { Column } from "../table.ts";
import { plain } from "../terminal.ts";

const list: Command = {
  name: "list",
  summary: "List the tasks that spent their retries, newest first",
  options: { limit: limitOption },
  examples: ["aios deadletters", "aios deadletters list --json"],
  run: listLetters,
};

const replay: Command = {
  name: "replay",
  summary: "Queue the task of a dead letter again",
  operands: [{ name: "ID", says: "the dead letter's id" }],
  examples: ["aios deadletters replay letter-3f9a1c"],
  run: replayLetter,
};

export const deadletters: Group = {
  name: "deadletters",
  summary: "Look at tasks that spent their retries, and queue them again",
  usual: "list",
  commands: [list, replay],
};

const columns = (nowMs: number): readonly Column<DeadLetter>[] => [
  { title: "DEAD LETTER", of: ({ id }) => id },
  { title: "TASK", of: ({ task }) => task },
  { title: "AGENT", of: ({ agent }) => agent },
  { title: "TRIES", of: ({ attempts }) => attempts, right: true },
  { title: "WHEN", of: ({ atMs }) => sayAge(atMs, nowMs) },
  { title: "REPLAYED", of: ({ replayed }) => (replayed ? "yes" : "no") },
  { title: "WHAT", of: ({ reason, message }) => `${reason}: ${message}`, most: 60 },
];

async function listLetters(call: Call): Promise<number> {
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (query) => api.deadletters.$get({ query }));
  return tellList(call, page, columns(Date.now()), "No dead letters.");
}

async function replayLetter(call: Call): Promise<number> {
  const id = segment(call.given.operand("ID"));
  const { api } = await connect(call);
  const task = await read(api.deadletters[":id"].replay.$post({ param: { id } }));
  return tell(call, task, () => `Task ${plain(task.id)} is ${task.state}.`);
}
