import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { approvalColumns, sayApproval, states } from "./approval-text.ts";
import { approve, reject } from "./decide.ts";

const list: Command = {
  name: "list",
  summary: "List the plans that wait, or waited, for a person",
  options: { state: { type: "string", value: "STATE", says: states.join(", ") }, limit: limitOption },
  examples: ["aios approvals --state waiting", "aios approvals list --json"],
  run: listApprovals,
};

const show: Command = {
  name: "show",
  summary: "Show what one plan would do, its risk, and why it asks",
  operands: [{ name: "ID", says: "the approval's id" }],
  examples: ["aios approvals show approval-3f9a1c"],
  run: showApproval,
};

export const approvals: Group = {
  name: "approvals",
  summary: "Look at the plans that wait for a person, and decide",
  usual: "list",
  commands: [list, show, approve, reject],
};

async function listApprovals(call: Call): Promise<number> {
  const state = call.given.oneOf("state", states);
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.approvals.$get({ query: { ...wish, state } }));
  return tellList(call, page, approvalColumns(Date.now()), "No approvals.");
}

async function showApproval(call: Call): Promise<number> {
  const { api } = await connect(call);
  const id = segment(call.given.operand("ID"));
  const approval = await read(api.approvals[":id"].$get({ param: { id } }));
  return tell(call, approval, () => sayApproval(approval, Date.now(), call.terminal.paint));
}
