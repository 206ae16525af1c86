import type { Failure } from "../answers.ts";
import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayAge, sayWhen } from "../say.ts";
import { type Column, details } from "../table.ts";
import type { Paint } from "../terminal.ts";
import { explainFailure } from "./explain-failure.ts";

const list: Command = {
  name: "list",
  summary: "List the failures that were recognised, by fingerprint",
  options: { agent: { type: "string", value: "ID", says: "only failures of this agent" }, limit: limitOption },
  examples: ["aios failures", "aios failures list --agent coder --json"],
  run: listFailures,
};

const show: Command = {
  name: "show",
  summary: "Show one kind of failure: how often, where, and what is known against it",
  operands: [{ name: "FINGERPRINT", says: "its fingerprint" }],
  examples: ["aios failures show fp1-0f3c9a7be1d2c4a6"],
  run: showFailure,
};

export const failures: Group = {
  name: "failures",
  summary: "Look at the failures that were recognised",
  usual: "list",
  commands: [list, show, explainFailure],
};

const columns = (nowMs: number): readonly Column<Failure>[] => [
  { title: "FINGERPRINT", of: ({ fingerprint }) => fingerprint },
  { title: "TASKS", of: ({ tasks }) => tasks, right: true },
  { title: "TRIES", of: ({ attempts }) => attempts, right: true },
  { title: "LAST", of: ({ lastAtMs }) => sayAge(lastAtMs, nowMs) },
  { title: "LESSON", of: ({ lesson, level }) => (lesson === undefined ? "none" : (level ?? lesson)) },
  { title: "REMEDY", of: ({ remedy }) => remedy },
  { title: "AGENTS", of: ({ agents }) => agents.join(", "), most: 30 },
  { title: "WHAT", of: ({ template }) => template, most: 60 },
];

function sayFailureKind(failure: Failure, nowMs: number, paint: Paint): string {
  return details(
    [
      ["fingerprint", failure.fingerprint],
      ["what", failure.template],
      ["struck", `${failure.tasks} tasks in ${failure.attempts} attempts`],
      ["agents", failure.agents.join(", ")],
      ["first", sayWhen(failure.firstAtMs, nowMs)],
      ["last", sayWhen(failure.lastAtMs, nowMs)],
      ["lesson", failure.lesson === undefined ? "none" : `${failure.lesson} (${failure.level ?? "draft"})`],
      ["remedy", failure.remedy ?? "none yet"],
      ["rules", failure.ruleVersion],
    ],
    paint,
  );
}

async function listFailures(call: Call): Promise<number> {
  const agent = call.given.text("agent");
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.failures.$get({ query: { ...wish, agent } }));
  return tellList(call, page, columns(Date.now()), "No failures.");
}

async function showFailure(call: Call): Promise<number> {
  const { api } = await connect(call);
  const id = segment(call.given.operand("FINGERPRINT"));
  const failure = await read(api.failures[":id"].$get({ param: { id } }));
  return tell(call, failure, () => sayFailureKind(failure, Date.now(), call.terminal.paint));
}
