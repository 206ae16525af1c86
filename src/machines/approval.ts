import { enqueueActions, setup } from "xstate";
import type { EventData } from "../events/catalog.ts";
import type { Deadline, Heard } from "./hearing.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";

export type ApprovalEvent = Heard<"approval.decided"> | Deadline<"expiry">;

export interface ApprovalContext {
  readonly request: EventData<"approval.requested">;
}

/** A plan that waits for a person: approved or rejected once, and *no* when nobody answers in time. */
export const approvalMachine = setup({
  types: {
    context: {} as ApprovalContext,
    events: {} as ApprovalEvent,
    input: {} as ApprovalContext,
    emitted: {} as Output,
  },
  actions: {
    awaitExpiry: enqueueActions(({ context, enqueue }) =>
      enqueue.emit(deadline("expiry", context.request.expiresAtMs)),
    ),
    stopWaiting: enqueueActions(({ enqueue }) => enqueue.emit(dropDeadline("expiry"))),
    expire: enqueueActions(({ context, enqueue }) => {
      const { approvalId, runId, planHash } = context.request;
      const told = {
        approvalId,
        runId,
        planHash,
        decision: "expired" as const,
        by: "engine",
        reason: "nobody decided in time",
      };
      enqueue.emit(announce("approval.decided", told, { subject: `run/${runId}`, key: `${approvalId}/decided` }));
    }),
  },
  guards: {
    approved: ({ event }) => event.type === "approval.decided" && event.data.decision === "approved",
    rejected: ({ event }) => event.type === "approval.decided" && event.data.decision === "rejected",
  },
}).createMachine({
  id: "approval",
  version: "1",
  context: ({ input }) => input,
  initial: "pending",
  states: {
    pending: {
      entry: "awaitExpiry",
      exit: "stopWaiting",
      on: {
        "approval.decided": [
          { guard: "approved", target: "approved" },
          { guard: "rejected", target: "rejected" },
          { target: "expired" },
        ],
        "DEADLINE.expiry": { actions: "expire" },
      },
    },
    approved: { type: "final" },
    rejected: { type: "final" },
    expired: { type: "final" },
  },
});
