import { isJsonObject, type Json } from "../../kernel/json.ts";
import type { Run } from "../answers.ts";
import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit, UsageError } from "../exit.ts";
import { JSON_SAYS, readJsonInput } from "../input.ts";
import { sayRun } from "../runs/run-text.ts";
import { dryRunExit, sayDryRun } from "./dry-run.ts";
import { eventOperand, readEventChoice } from "./event-choice.ts";

const LOOK_MS = 200;

export const startRun: Command = {
  name: "run",
  summary: "Start a playbook oneself on an event, whether or not its trigger holds",
  operands: [{ name: "ID", says: "the playbook's id" }, eventOperand],
  options: {
    parameters: { type: "string", value: "JSON", says: `values for its parameters as an object: ${JSON_SAYS}` },
    "dry-run": { type: "boolean", says: "say what it would do, and do nothing" },
    wait: { type: "boolean", says: "wait for the outcome, and exit with 1 unless it is fixed" },
  },
  notes: [
    "Grants, locks, the blast radius, pre-checks, validation and rollback hold as ever; cooldowns and windows do not.",
    "What is dangerous still waits for a second person. A dry run exits with 3 when the run would be refused.",
  ],
  examples: [
    "aios playbook run agent_runaway_restart 412 --wait",
    `aios playbook run network_failure_retry @event.json --dry-run`,
    `aios playbook run clean_up 412 --parameters '{"grace": 500}'`,
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { given } = call;
  const param = { id: segment(given.operand("ID")) };
  const json = { about: await readEventChoice(call), parameters: await parametersOf(call) };
  const { api } = await connect(call);
  if (given.flag("dry-run")) {
    const rehearsed = await read(api.playbooks[":id"].run["dry-run"].$post({ param, json }));
    tell(call, rehearsed, () => sayDryRun(rehearsed, call.terminal.paint));
    return dryRunExit(rehearsed.verdict);
  }
  const begun = await read(api.playbooks[":id"].run.$post({ param, json }));
  const ended = given.flag("wait")
    ? await untilSettled(begun, (id) => read(api.runs[":id"].$get({ param: { id } })))
    : begun;
  tell(call, ended, () => sayRun(ended, Date.now(), call.terminal.paint));
  return !given.flag("wait") || ended.outcome === "fixed" ? exit.done : exit.failed;
}

async function parametersOf(call: Call): Promise<Record<string, Json>> {
  const text = call.given.text("parameters");
  if (text === undefined) return {};
  const value = await readJsonInput(call, "--parameters", text);
  if (!isJsonObject(value)) throw new UsageError('--parameters takes an object such as {"grace": 500}');
  return { ...value };
}

async function untilSettled(begun: Run, look: (id: string) => Promise<Run>): Promise<Run> {
  let run = begun;
  while (run.outcome === null) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    run = await look(run.id);
  }
  return run;
}
