import { connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { JSON_SAYS, readJsonInput } from "../input.ts";
import { plain } from "../terminal.ts";
import { priorities } from "./task-text.ts";
import { waitAndTell } from "./wait.ts";

export const submit: Command = {
  name: "submit",
  summary: "Submit a task",
  operands: [{ name: "INPUT", says: JSON_SAYS }],
  options: {
    agent: { type: "string", value: "ID", says: "the agent that does it" },
    capability: { type: "string", value: "NAME", says: "any agent that can do this" },
    priority: { type: "string", value: "P0..P3", says: "P0 is the most urgent (tasks.priority of the configuration)" },
    timeout: { type: "string", value: "30s", says: "time limit of one attempt (tasks.timeoutMs)" },
    retries: { type: "string", value: "N", says: "further attempts after the first (tasks.retries)" },
    "depends-on": { type: "string", value: "ID", multiple: true, says: "begins once this task succeeded" },
    "on-interrupt": { type: "string", value: "retry|fail", says: "what happens when the engine ends meanwhile" },
    "idempotency-key": { type: "string", value: "KEY", says: "submitting twice with one key is one task" },
    wait: { type: "boolean", says: "wait for the end, tell what happens, and exit with 1 unless it succeeded" },
  },
  notes: ["The task is durable once this command has printed its id."],
  examples: [
    `aios tasks submit --agent coder '{"file": "report.md"}' --wait`,
    "aios tasks submit --capability review @input.json --priority P1 --timeout 90s --retries 1",
    "make-input | aios tasks submit --agent coder - --json",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { given } = call;
  const wishes = {
    agent: given.text("agent"),
    capability: given.text("capability"),
    priority: given.oneOf("priority", priorities),
    timeoutMs: given.durationMs("timeout"),
    retries: given.count("retries"),
    dependsOn: given.has("depends-on") ? [...given.texts("depends-on")] : undefined,
    onInterrupt: given.oneOf("on-interrupt", ["retry", "fail"]),
    idempotencyKey: given.text("idempotency-key"),
  };
  const input = await readJsonInput(call, "INPUT", given.operand("INPUT"));
  const { api } = await connect(call);
  const task = await read(api.tasks.$post({ json: { ...wishes, input } }));
  if (given.flag("wait")) return waitAndTell(call, task.id);
  return tell(call, task, () => `Task ${plain(task.id)} is ${task.state}.`);
}
