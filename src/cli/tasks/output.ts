import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { plain } from "../terminal.ts";

export const output: Command = {
  name: "output",
  summary: "Print all of a task's output",
  operands: [{ name: "ID", says: "the task's id" }],
  notes: [
    "Text is printed as it is, anything else as JSON. Without an output nothing is printed and the exit code is 1.",
  ],
  examples: ["aios tasks output 0198c1d2-5f7e-7aaa-8001-3f1f6c1c9e01 > report.md"],
  run,
};

async function run(call: Call): Promise<number> {
  const { given, terminal } = call;
  const id = segment(given.operand("ID"));
  const { api } = await connect(call);
  const answer = await read(api.tasks[":id"].output.$get({ param: { id } }));
  if (answer.output === undefined && !call.json) {
    terminal.err(`Task ${plain(answer.id)} is ${answer.state} and has no output.\n`);
    return exit.failed;
  }
  const text = answer.output;
  tell(call, answer, () =>
    typeof text === "string" ? printable(text, terminal.isInteractive) : JSON.stringify(text, null, 2),
  );
  return text === undefined ? exit.failed : exit.done;
}

/** A program gets the very characters; a person's terminal none that move its cursor. */
function printable(text: string, isInteractive: boolean): string {
  return isInteractive ? text.split("\n").map(plain).join("\n") : text;
}
