import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { plain } from "../terminal.ts";
import { hasEnded } from "./task-text.ts";

export const cancel: Command = {
  name: "cancel",
  summary: "Cancel a task and end what runs of it",
  operands: [{ name: "ID", says: "the task's id" }],
  options: { reason: { type: "string", value: "TEXT", says: "why, for the journal" } },
  notes: ["The task is `cancelled` once nothing of it runs any more; `aios tasks wait ID` waits for that."],
  examples: ['aios tasks cancel 0198c1d2-5f7e-7aaa-8001-3f1f6c1c9e01 --reason "not needed any more"'],
  run,
};

async function run(call: Call): Promise<number> {
  const id = segment(call.given.operand("ID"));
  const { api } = await connect(call);
  const json = { reason: call.given.text("reason") };
  const task = await read(api.tasks[":id"].cancel.$post({ param: { id }, json }));
  return tell(call, task, () =>
    hasEnded(task) ? `Task ${plain(task.id)} is ${task.state}.` : `Task ${plain(task.id)} will be cancelled.`,
  );
}
