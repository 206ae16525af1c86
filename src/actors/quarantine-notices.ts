import { is } from "../events/envelope.ts";
import { announce } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

const WAY_FORWARD =
  "Its state is kept in every checkpoint: the version of AIOS that knows this machine goes on with it. Until then its work waits; give it to another agent, or cancel it.";

/** A person has to know of an actor that this version cannot run: nobody else can bring it back. */
export const quarantineNotices: Reflex = {
  name: "quarantine-notices",
  state: "none",
  listens: ["actor.quarantined"],
  hear(event) {
    if (!is(event, "actor.quarantined")) return [];
    const { actor, machine, reason, difference } = event.data;
    const incidentId = `incident-quarantined-${event.id}`;
    const told = {
      incidentId,
      title: `${actor} does not run: ${reason}`,
      severity: "error",
      target: { kind: "host", id: "engine" },
      evidence: [`it stood on ${machine}`, ...difference, WAY_FORWARD],
      needsPerson: true,
    } as const;
    const opened = { ...told, target: { ...told.target }, evidence: [...told.evidence] };
    return [announce("incident.opened", opened, { subject: `incident/${incidentId}`, key: incidentId })];
  },
};
