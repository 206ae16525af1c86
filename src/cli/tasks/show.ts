import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { sayTask } from "./task-text.ts";

export const show: Command = {
  name: "show",
  summary: "Show one task: its state, attempts, input, output and last error",
  operands: [{ name: "ID", says: "the task's id" }],
  examples: ["aios tasks show 0198c1d2-5f7e-7aaa-8001-3f1f6c1c9e01"],
  run,
};

async function run(call: Call): Promise<number> {
  const id = segment(call.given.operand("ID"));
  const { api } = await connect(call);
  const task = await read(api.tasks[":id"].$get({ param: { id } }));
  return tell(call, task, () => sayTask(task, Date.now(), call.terminal.paint));
}
