import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Task } from "../answers.ts";
import { type Api, connect, EVERYTHING, read, readList, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit, UsageError } from "../exit.ts";
import { plain } from "../terminal.ts";

export const replay: Command = {
  name: "replay",
  summary: "Queue the task of a dead letter again, or those of all that nobody queued again yet",
  operands: [{ name: "ID", says: "the dead letter's id", optional: true }],
  options: { all: { type: "boolean", says: "every dead letter that was not replayed, oldest first" } },
  notes: [
    "With --all the answer names each: its task as it is now, or why it was not queued. Exits with 1 when one was not.",
  ],
  examples: ["aios deadletters replay task-3f9a1c", "aios deadletters replay --all --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const [id] = call.given.operands("ID");
  const all = call.given.flag("all");
  if ((id === undefined) !== all)
    throw new UsageError(all ? "either an ID or --all, not both" : "ID is missing: the dead letter's id, or --all");
  const { api } = await connect(call);
  if (id === undefined) return replayAll(call, api);
  const task = await replayOne(api, id);
  return tell(call, task, () => `Task ${plain(task.id)} is ${task.state}.`);
}

function replayOne(api: Api, id: string): Promise<Task> {
  return read(api.deadletters[":id"].replay.$post({ param: { id: segment(id) } }));
}

type Fate = { readonly id: string; readonly task: Task } | { readonly id: string; readonly refused: string };

async function replayAll(call: Call, api: Api): Promise<number> {
  const { items } = await readList(EVERYTHING, (query) => api.deadletters.$get({ query }));
  const waiting = items.filter(({ kind, replayed }) => kind === "task" && !replayed).reverse();
  const fates: Fate[] = [];
  // One after the other: they are queued in the order in which they died.
  for (const { id } of waiting) fates.push(await replayOne(api, id).then(queued(id), refused(id)));
  tell(call, { items: fates }, () => sayFates(fates));
  return fates.some((fate) => "refused" in fate) ? exit.failed : exit.done;
}

const queued =
  (id: string) =>
  (task: Task): Fate => ({ id, task });

/** The engine's refusal of one does not keep the others; its silence ends the command. */
const refused =
  (id: string) =>
  (failure: unknown): Fate => {
    if (!(failure instanceof AiosError) || failure.code === "engine.unreachable") throw failure;
    return { id, refused: messageOf(failure) };
  };

function sayFates(fates: readonly Fate[]): string {
  if (fates.length === 0) return "No dead letter waits.\n";
  return fates
    .map((fate) =>
      "refused" in fate
        ? `${plain(fate.id)} was not queued: ${plain(fate.refused)}\n`
        : `Task ${plain(fate.task.id)} is ${fate.task.state}.\n`,
    )
    .join("");
}
