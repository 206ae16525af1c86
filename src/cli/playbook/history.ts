import { connect, read, readList, segment } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { runColumns } from "../runs/run-text.ts";

export const history: Command = {
  name: "history",
  summary: "List the runs of one playbook, newest first",
  operands: [{ name: "ID", says: "the playbook's id" }],
  options: { limit: limitOption },
  examples: ["aios playbook history agent_runaway_restart"],
  run,
};

async function run(call: Call): Promise<number> {
  const id = segment(call.given.operand("ID"));
  const limit = limitOf(call);
  const { api } = await connect(call);
  // A name that no playbook has is a mistake, not an empty history.
  const { id: playbook } = await read(api.playbooks[":id"].$get({ param: { id } }));
  const page = await readList(limit, (wish) => api.runs.$get({ query: { ...wish, playbook } }));
  return tellList(call, page, runColumns(Date.now()), "No runs.");
}
