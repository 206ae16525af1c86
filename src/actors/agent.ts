import { is } from "../events/envelope.ts";
import { agentMachine } from "../machines/agent.ts";
import { histories } from "../machines/history.ts";
import type { ActorKind } from "./kind.ts";

/** One actor for each registered agent. It keeps the agent's state; the work itself is done by the dispatcher. */
export const agentActors: ActorKind = {
  name: "agent",
  machine: agentMachine,
  history: histories.agent,
  birth: {
    on: "agent.registered",
    id: (event) => (is(event, "agent.registered") ? event.data.agent.id : ""),
    input: (event) =>
      is(event, "agent.registered") ? { agentId: event.data.agent.id, policy: event.data.agent.policy } : undefined,
  },
  routes: {
    "agent.registered": ({ data }) => [data.agent.id],
    "agent.reset": ({ data }) => [data.agentId],
    "agent.archived": ({ data }) => [data.agentId],
    "agent.drained": ({ data }) => [data.agentId],
    "agent.stopped": ({ data }) => [data.agentId],
    "agent.resumed": ({ data }) => [data.agentId],
    "task.started": ({ data }) => [data.agentId],
    "task.succeeded": ({ data }) => [data.agentId],
    "task.attempt_failed": ({ data }) => [data.agentId],
    "task.cancelled": ({ data }) => (data.agentId === undefined ? [] : [data.agentId]),
    "task.retried": ({ data }) => (data.agentId === undefined ? [] : [data.agentId]),
  },
};
