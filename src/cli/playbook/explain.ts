import type { Explanations } from "../answers.ts";
import { connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { details } from "../table.ts";
import { type Paint, plain } from "../terminal.ts";
import { eventOperand, readEventChoice } from "./event-choice.ts";

export const explain: Command = {
  name: "explain",
  summary: "Say which playbooks an event concerns, why the others not, and what would follow",
  operands: [eventOperand],
  examples: [
    "aios playbook explain 412",
    `aios playbook explain '{"type": "resource.high", "data": {"scope": "host", "resource": "cpu", "value": 93, "threshold": 80}}'`,
    "aios playbook explain @event.json --json",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const json = await readEventChoice(call);
  const { api } = await connect(call);
  const explanations = await read(api.playbooks.explain.$post({ json }));
  return tell(call, explanations, () => sayExplanations(explanations, call.terminal.paint));
}

const verdicts = { match: "matches", no_match: "does not match", unknown: "cannot be told" } as const;

function sayExplanations({ considered, chosen }: Explanations, paint: Paint): string {
  const told = considered.map(({ playbook, verdict, conditions, follows }) => {
    const head = `${paint("bold", plain(playbook))} ${paint(verdict === "match" ? "green" : "dim", verdicts[verdict])}\n`;
    const rows = conditions.map(({ says, holds }): [string, string] => [sayHolds(holds), says]);
    return `${head}${details([...rows, ["→", follows]], paint)}`;
  });
  const answer = chosen === null ? "No playbook would act." : `${plain(chosen)} would be chosen.`;
  return `${told.join("\n")}${told.length === 0 ? "No playbooks.\n" : `\n${answer}\n`}`;
}

function sayHolds(holds: boolean | null): string {
  if (holds === null) return "  missing";
  return holds ? "  holds" : "  fails";
}
