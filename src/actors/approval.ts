import { is } from "../events/envelope.ts";
import { approvalMachine } from "../machines/approval.ts";
import { histories } from "../machines/history.ts";
import type { ActorKind } from "./kind.ts";

/** One actor for each plan that waits for a person; it only lets it expire. Deciding is an event like any other. */
export const approvalActors: ActorKind = {
  name: "approval",
  machine: approvalMachine,
  history: histories.approval,
  birth: {
    on: "approval.requested",
    id: (event) => (is(event, "approval.requested") ? event.data.approvalId : ""),
    input: (event) => (is(event, "approval.requested") ? { request: event.data } : undefined),
  },
  routes: { "approval.decided": ({ data }) => [data.approvalId] },
};
