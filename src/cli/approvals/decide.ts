import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { plain } from "../terminal.ts";
import { sayApproval } from "./approval-text.ts";

const shape = {
  operands: [{ name: "ID", says: "the approval's id" }],
  options: {
    reason: { type: "string", value: "TEXT", says: "why, for the journal" },
    plan: { type: "string", value: "HASH", says: "the plan that was looked at (the present one)" },
  },
} as const;

const note = "The decision is bound to one plan: when the plan or its target changed since, nothing is decided.";

export const approve: Command = {
  ...shape,
  name: "approve",
  summary: "Show a plan and let it run",
  notes: [note],
  examples: [
    "aios approvals approve approval-3f9a1c",
    'aios approvals approve approval-3f9a1c --reason "looked at it"',
  ],
  run: (call) => decide(call, "approve"),
};

export const reject: Command = {
  ...shape,
  name: "reject",
  summary: "Show a plan and refuse it",
  notes: [note],
  examples: ['aios approvals reject approval-3f9a1c --reason "the file is in use"'],
  run: (call) => decide(call, "reject"),
};

async function decide(call: Call, decision: "approve" | "reject"): Promise<number> {
  const { given, terminal, json } = call;
  const { api } = await connect(call);
  const asked = await read(api.approvals[":id"].$get({ param: { id: segment(given.operand("ID")) } }));
  if (!json) terminal.err(`${sayApproval(asked, Date.now(), terminal.paint)}\n`);
  const decided = await read(
    api.approvals[":id"][":decision"].$post({
      param: { id: segment(asked.id), decision },
      json: { planHash: given.text("plan") ?? asked.planHash, reason: given.text("reason") },
    }),
  );
  return tell(call, decided, () => `Approval ${plain(decided.id)} is ${decided.state}.`);
}
