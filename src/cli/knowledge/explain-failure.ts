import type { FailureExplanation } from "../answers.ts";
import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { readTextInput, TEXT_SAYS } from "../input.ts";
import { bullets, details, section } from "../table.ts";
import type { Paint } from "../terminal.ts";

/** More than what is looked at of a message. */
const LONGEST = 100_000;

export const explainFailure: Command = {
  name: "explain",
  summary: "Say why different messages are one failure, or why a message is one of its own",
  operands: [{ name: "FINGERPRINT", says: "a failure that was recognised", optional: true }],
  options: { text: { type: "string", value: "MESSAGE", says: `a message instead: ${TEXT_SAYS}` } },
  examples: [
    "aios failures explain 0f3c9a7be1d2c4a6",
    `aios failures explain --text "ENOENT: no such file or directory, open '/data/in.csv'"`,
    "cat error.log | aios failures explain --text - --json",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const fingerprint = call.given.operands("FINGERPRINT")[0];
  const text = call.given.text("text");
  if ((fingerprint === undefined) === (text === undefined))
    throw new UsageError("name either a fingerprint or a message with --text");
  const message = text === undefined ? undefined : await readTextInput(call, text);
  const { api } = await connect(call);
  const explanation = await (message === undefined
    ? read(api.failures[":id"].explain.$get({ param: { id: segment(fingerprint ?? "") } }))
    : read(api.failures.explain.$post({ json: { text: message.slice(0, LONGEST) } })));
  return tell(call, explanation, () => sayExplanation(explanation, call.terminal.paint));
}

function sayExplanation(told: FailureExplanation, paint: Paint): string {
  const { message } = told;
  const rows = details(
    [
      ["fingerprint", told.fingerprint],
      ["what", told.template],
      ["message", message?.template],
      ["compared by", message?.words.join(" ")],
      ["masked", message?.values.map(({ as, text }) => `<${as}> ${text}`).join("\n")],
      ["struck", told.attempts === 0 ? "never yet" : `${told.tasks} tasks in ${told.attempts} attempts`],
      ["was called", told.aliases.join("\n")],
      ["frames", told.frames.join("\n")],
      ["lesson", told.lesson],
      ["remedy", told.remedy],
      ["rules", told.rules],
    ],
    paint,
  );
  return `${rows}${section("Why", bullets(told.why), paint)}`;
}
