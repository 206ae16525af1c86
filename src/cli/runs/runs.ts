import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { outcomes, reviewColumns, runColumns, sayRun } from "./run-text.ts";

const list: Command = {
  name: "list",
  summary: "List the runs of playbooks, newest first",
  options: {
    outcome: { type: "string", value: "OUTCOME", says: outcomes.join(", ") },
    playbook: { type: "string", value: "ID", says: "only runs of this playbook" },
    target: { type: "string", value: "KIND:ID", says: "only runs about this target, for example agent:coder" },
    review: { type: "boolean", says: "only what was taken back or left a residue, and what exactly is left" },
    limit: limitOption,
  },
  examples: ["aios runs", "aios runs list --outcome not_fixed --target agent:coder", "aios runs --review"],
  run: listRuns,
};

const show: Command = {
  name: "show",
  summary: "Show one run: why it began, its plan, steps and evidence",
  operands: [{ name: "ID", says: "the run's id" }],
  examples: ["aios runs show run-3f9a1c", "aios runs show run-3f9a1c --json"],
  run: showRun,
};

export const runs: Group = {
  name: "runs",
  summary: "Look at what playbooks did, why, and whether it helped",
  usual: "list",
  commands: [list, show],
};

async function listRuns(call: Call): Promise<number> {
  const { given } = call;
  const limit = limitOf(call);
  const review = given.flag("review");
  const wishes = {
    outcome: given.oneOf("outcome", outcomes),
    playbook: given.text("playbook"),
    target: given.text("target"),
    review: review ? ("true" as const) : undefined,
  };
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.runs.$get({ query: { ...wish, ...wishes } }));
  return review
    ? tellList(call, page, reviewColumns(Date.now()), "Nothing was taken back, and nothing is left.")
    : tellList(call, page, runColumns(Date.now()), "No runs.");
}

async function showRun(call: Call): Promise<number> {
  const id = segment(call.given.operand("ID"));
  const { api } = await connect(call);
  const run = await read(api.runs[":id"].$get({ param: { id } }));
  return tell(call, run, () => sayRun(run, Date.now(), call.terminal.paint));
}
