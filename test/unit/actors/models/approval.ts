import { approvalActors } from "../../../../src/actors/approval.ts";
import { AT, comes, type Model, says } from "./model.ts";
import { runId, target } from "./run.ts";

export function approvalModel(): Model {
  const approvalId = "approval-1";
  const decided = (decision: "approved" | "rejected") =>
    says("approval.decided", { approvalId, runId, decision, by: "me", planHash: "hash", reason: "r" }, decision);
  const requested = {
    approvalId,
    runId,
    playbookId: "p",
    target,
    planHash: "hash",
    targetVersion: "-",
    risk: "high",
    why: [],
    expiresAtMs: AT + 5_000,
    proposedBy: "engine",
  } as const;
  return {
    kind: approvalActors,
    name: approvalId,
    birth: { type: "approval.requested", data: requested },
    steps: [decided("approved"), decided("rejected"), comes("expiry")],
    seen: ({ value }) => JSON.stringify(value),
  };
}
