import { type AnyEvent, encode } from "../../events/envelope.ts";
import { compileFilter, type EventFilter } from "../../events/filter.ts";
import { severity } from "../../events/vocabulary.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit, UsageError } from "../exit.ts";
import { openSandbox } from "./sandbox.ts";
import { saySandbox } from "./sandbox-text.ts";
import { fileOperand, journalOf } from "./source.ts";

export const replay: Command = {
  name: "replay",
  summary: "Print the journal's events again, or feed them to a sandbox and ask it",
  operands: [fileOperand],
  options: {
    from: { type: "string", value: "SEQ", says: "the first event (1)" },
    to: { type: "string", value: "SEQ", says: "the last event (the journal's)" },
    type: { type: "string", value: "TOPIC", multiple: true, says: "only these types; * is one segment, ** the rest" },
    subject: { type: "string", value: "SUBJECT", says: "only about this, for example agent/coder" },
    severity: { type: "string", value: "LEAST", says: severity.options.join(", ") },
    sandbox: { type: "boolean", says: "fold them in memory and say what came of it: score, agents, tasks, runs" },
  },
  notes: [
    "Events are printed as JSON, one a line, with the ids, numbers and times they have. Nothing is changed and nothing",
    "is done again: a sandbox has no agents, no files and no network. It tells what the events it was given say, so",
    "leave --from and --type out for the whole truth.",
  ],
  examples: [
    "aios journal replay --from 100 --type 'task.*'",
    "aios journal replay --type 'playbook.**' --type 'run.**' | jq .data",
    "aios journal replay --to 5000 --sandbox --json",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { given, terminal } = call;
  const from = given.count("from", 1) ?? 1;
  const to = given.count("to", 1) ?? Number.POSITIVE_INFINITY;
  if (to < from) throw new UsageError(`--to ${to} comes before --from ${from}`);
  const matches = filterOf(call);
  const { events, settings } = await journalOf(call);
  const chosen = within(events(), { from, to, matches });
  if (given.flag("sandbox")) {
    const sandbox = openSandbox(settings.config);
    for await (const event of chosen) sandbox.apply(event);
    const said = sandbox.say();
    return tell(call, said, () => saySandbox(said, terminal.paint));
  }
  for await (const event of chosen) terminal.out(`${encode(event, event.sequence)}\n`);
  return exit.done;
}

function filterOf({ given }: Call): (event: AnyEvent) => boolean {
  const least = given.oneOf("severity", severity.options);
  const subject = given.text("subject");
  const filter: EventFilter = {
    ...(given.has("type") ? { topic: given.texts("type") } : {}),
    ...(least === undefined ? {} : { severity: least }),
    ...(subject === undefined ? {} : { subject }),
  };
  return compileFilter(filter);
}

interface Choice {
  readonly from: number;
  readonly to: number;
  readonly matches: (event: AnyEvent) => boolean;
}

async function* within(events: AsyncIterable<AnyEvent>, { from, to, matches }: Choice): AsyncGenerator<AnyEvent> {
  for await (const event of events) {
    if (event.sequence > to) return;
    if (event.sequence >= from && matches(event)) yield event;
  }
}
