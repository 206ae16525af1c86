import { type Cause, is } from "../events/envelope.ts";
import { histories } from "../machines/history.ts";
import { incidentMachine, type Notice } from "../machines/incident.ts";
import type { ActorKind, Routes } from "./kind.ts";

const one = ({ data }: { readonly data: { readonly incidentId: string } }) => [data.incidentId];
const maybe = ({ data }: { readonly data: { readonly incidentId?: string | undefined } }) =>
  data.incidentId === undefined ? [] : [data.incidentId];

const routes: Routes = {
  "incident.updated": one,
  "incident.acknowledged": one,
  "incident.silenced": one,
  "incident.resolved": one,
  "incident.reopened": one,
  "notification.sent": maybe,
  "notification.failed": maybe,
  "engine.started": () => "all",
};

/** One actor for each incident; its messages go through `notify`, which tries until they are delivered. */
export function incidentActors(notify: (notice: Notice, cause: Cause) => Promise<void>): ActorKind {
  return {
    name: "incident",
    machine: incidentMachine,
    history: histories.incident,
    birth: {
      on: "incident.opened",
      id: (event) => (is(event, "incident.opened") ? event.data.incidentId : ""),
      input: (event) => (is(event, "incident.opened") ? { incident: event.data, at: event.at } : undefined),
    },
    routes,
    async perform(effect, cause) {
      if (effect.name === "notify") await notify(effect.params as Notice, cause);
    },
  };
}
