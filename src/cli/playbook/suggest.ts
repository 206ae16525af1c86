import type { ProposalChoice } from "../../http/shapes/proposal.ts";
import type { Proposals } from "../answers.ts";
import { connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { JSON_SAYS, readTextInput, TEXT_SAYS } from "../input.ts";
import { details, section } from "../table.ts";
import { type Paint, plain } from "../terminal.ts";
import { dryRunExit, sayDryRun } from "./dry-run.ts";
import { eventChoiceOf } from "./event-choice.ts";

/** More than what is looked at of a message. */
const LONGEST = 100_000;

export const suggest: Command = {
  name: "suggest",
  summary: "Name playbooks that are similar to what would answer a failure or an event that none answers",
  operands: [
    {
      name: "WHAT",
      says: `a failure's fingerprint, the sequence of an event that happened, or an imagined one as ${JSON_SAYS}`,
      optional: true,
    },
  ],
  options: {
    text: { type: "string", value: "MESSAGE", says: `a message instead: ${TEXT_SAYS}` },
    "dry-run": { type: "boolean", says: "say what the first of them would do if you started it, and do nothing" },
  },
  notes: [
    "First those that mend this failure, or one that differs from it in a word; then those whose own text, or whose lessons,",
    "are most like it, as the memory ranks its items. `reactor.proposalScore` says from which likeness on one is named.",
    "Nothing follows from a proposal: start it yourself (`aios playbook run`), or write a trigger that it should have.",
    "With --dry-run it exits with 3 when that run would be refused.",
  ],
  examples: [
    "aios playbook suggest 0f3c9a7be1d2c4a6",
    "aios playbook suggest 412 --dry-run",
    `aios playbook suggest --text "no space left on device" --json`,
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const json = await choiceOf(call);
  const { api } = await connect(call);
  const isDryRun = call.given.flag("dry-run");
  const found: Proposals = await (isDryRun
    ? read(api.playbooks.suggest["dry-run"].$post({ json }))
    : read(api.playbooks.suggest.$post({ json })));
  tell(call, found, () => sayProposals(found, call.terminal.paint));
  return dryRunExit(found.rehearsal?.verdict);
}

async function choiceOf(call: Call): Promise<ProposalChoice> {
  const [what] = call.given.operands("WHAT");
  const text = call.given.text("text");
  if ((what === undefined) === (text === undefined))
    throw new UsageError("name either a failure or an event, or a message with --text");
  if (text !== undefined) return { text: (await readTextInput(call, text)).slice(0, LONGEST) };
  if (what === undefined) throw new UsageError("WHAT is missing");
  // A draft is named for its failure.
  return /^(?:draft_)?[0-9a-z]+$/u.test(what) && !/^[1-9]\d{0,14}$/u.test(what)
    ? { failure: what.replace(/^draft_/u, "") }
    : eventChoiceOf(call, "WHAT", what);
}

function sayProposals({ fingerprint, answeredBy, leastScore, items, rehearsal }: Proposals, paint: Paint): string {
  const known = fingerprint === undefined ? "" : details([["failure", fingerprint]], paint);
  if (answeredBy.length > 0) return `${known}Nothing is proposed: ${answeredBy.map(plain).join(", ")} answers it.\n`;
  if (items.length === 0) return `${known}No playbook is as like it as ${leastScore} (reactor.proposalScore).\n`;
  const told = items.map(({ playbook, title, enabled, score, reason }) => {
    const head = `${paint("bold", plain(playbook))} ${score.toFixed(2)}\n`;
    return `${head}${details(
      [
        ["  what", title],
        ["  why", reason],
        ["  disabled", enabled ? undefined : "it is disabled until `aios playbook enable` enables it"],
      ],
      paint,
    )}`;
  });
  const rehearsed = rehearsal === undefined ? "" : section("Dry run of the first", sayDryRun(rehearsal, paint), paint);
  return `${known}${told.join("\n")}${rehearsed}\nA proposal does nothing by itself.\n`;
}
