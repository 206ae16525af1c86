import type { ApprovalRow } from "../../actors/views/approvals.ts";
import type { ApprovalsDoor } from "../../http/deps.ts";
import { principalName } from "../../http/principals.ts";
import type { ApprovalView } from "../../http/shapes/remedy.ts";
import { AiosError } from "../../kernel/errors.ts";
import { toJson } from "../../kernel/json.ts";
import type { Runtime } from "../../runtime.ts";

export function approvalsDoor(runtime: Runtime): ApprovalsDoor {
  const { bus, views, facts } = runtime;
  const show = (row: ApprovalRow) => approvalView(row, runtime);
  const known = (id: string): ApprovalRow => {
    const row = views.approvals.get(id);
    if (row === undefined) throw new AiosError("not_found", `there is no approval "${id}"`);
    return row;
  };
  return {
    list: () => views.approvals.list().map(show),
    get: (id) => {
      const row = views.approvals.get(id);
      return row === undefined ? undefined : show(row);
    },
    async decide(id, decision, input, by) {
      const row = known(id);
      const person = principalName(by);
      refuseUnlessOpen(row);
      if (row.proposedBy === person)
        throw new AiosError("auth.refused", `${person} proposed this plan and cannot decide about it`);
      if (input.planHash !== undefined && input.planHash !== row.planHash)
        throw new AiosError("approval.stale", `plan ${input.planHash} is not the one that waits (${row.planHash})`);
      const version = facts.version(row.target);
      if (decision === "approved" && version !== row.targetVersion)
        throw new AiosError("approval.stale", `the target was at ${row.targetVersion} and is now at ${version}`);
      await bus.publish({
        type: "approval.decided",
        subject: `run/${row.run}`,
        principal: person,
        cause: row.requested,
        // Whoever decides first decides; the expiry bears the same key.
        idempotencykey: `approval.decided:${id}/decided`,
        data: {
          approvalId: id,
          runId: row.run,
          decision,
          by: person,
          planHash: row.planHash,
          reason: input.reason ?? `${decision} by a person`,
        },
      });
      const decided = known(id);
      if (decided.decidedBy !== person || decided.state !== decision) refuseUnlessOpen(decided);
      return show(decided);
    },
  };
}

function refuseUnlessOpen({ id, state, decidedBy }: ApprovalRow): void {
  if (state === "waiting") return;
  throw new AiosError(
    "conflict",
    `approval ${id} is already ${state}${decidedBy === undefined ? "" : ` (${decidedBy})`}`,
  );
}

function approvalView(row: ApprovalRow, { views }: Runtime): ApprovalView {
  const { id, run, playbook, target, state, risk, planHash, proposedBy, requestedAtMs, expiresAtMs } = row;
  const { decidedBy, decidedAtMs, reason } = row;
  return {
    id,
    run,
    playbook,
    target,
    state,
    risk,
    why: [...row.why],
    plan: toJson(views.runs.get(run)?.plan ?? undefined),
    planHash,
    proposedBy,
    requestedAtMs,
    expiresAtMs,
    decidedBy,
    decidedAtMs,
    reason,
  };
}
