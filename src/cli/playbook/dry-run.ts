import type { DryRun } from "../answers.ts";
import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { sayJson, sayTarget } from "../say.ts";
import { details, section } from "../table.ts";
import type { Paint } from "../terminal.ts";
import { eventOperand, readEventChoice } from "./event-choice.ts";

export const dryRun: Command = {
  name: "dry-run",
  summary: "Say what a playbook would do about an event, without doing it",
  operands: [{ name: "ID", says: "the playbook's id" }, eventOperand],
  notes: [
    "Its pre-checks are read for real; the hash of the plan is the one that the live run would have.",
    "Exits with 3 when the run would be refused.",
  ],
  examples: [
    "aios playbook dry-run agent_runaway_restart 412",
    "aios playbook dry-run network_failure_retry @event.json",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const id = segment(call.given.operand("ID"));
  const json = await readEventChoice(call);
  const { api } = await connect(call);
  const rehearsed = await read(api.playbooks[":id"]["dry-run"].$post({ param: { id }, json }));
  tell(call, rehearsed, () => sayDryRun(rehearsed, call.terminal.paint));
  return dryRunExit(rehearsed.verdict);
}

/** A refusal is told apart from a run that waits, is held back or does not match: those may come later as they are. */
export function dryRunExit(verdict: DryRun["verdict"] | undefined): number {
  return verdict === "refused" ? exit.refused : exit.done;
}

const verdicts = {
  would_act: "it would act",
  would_ask: "it would ask a person",
  refused: "it would be refused",
  suppressed: "it would be held back",
  no_match: "it does not match",
} as const;

/** What a playbook would do, for a person. */
export function sayDryRun(
  { playbook, verdict, reason, target, plan, planHash, followers }: DryRun,
  paint: Paint,
): string {
  return [
    details(
      [
        ["playbook", playbook],
        ["verdict", verdicts[verdict], verdict === "would_act" ? "green" : "yellow"],
        ["reason", reason],
        ["target", target === undefined ? undefined : sayTarget(target)],
        ["plan", planHash],
        ["if no help", followers.length === 0 ? undefined : [...followers, "a person"].join(", then ")],
      ],
      paint,
    ),
    section("Plan", plan === undefined ? "" : `${sayJson(plan)}\n`, paint),
  ].join("");
}
