import { type IncidentRow, isOpen } from "../../actors/views/incidents.ts";
import type { IncidentsDoor } from "../../http/deps.ts";
import { principalName } from "../../http/principals.ts";
import type { IncidentView } from "../../http/shapes/remedy.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Runtime } from "../../runtime.ts";

export function incidentsDoor({ bus, views }: Runtime): IncidentsDoor {
  const known = (id: string): IncidentRow => {
    const row = views.incidents.get(id);
    if (row === undefined) throw new AiosError("not_found", `there is no incident "${id}"`);
    return row;
  };
  const open = (id: string): IncidentRow => {
    const row = known(id);
    if (!isOpen(row)) throw new AiosError("conflict", `incident ${id} is resolved`);
    return row;
  };
  const about = (id: string, person: string) => ({ subject: `incident/${id}`, principal: person });
  return {
    list: () => views.incidents.list().map(incidentView),
    get: (id) => {
      const row = views.incidents.get(id);
      return row === undefined ? undefined : incidentView(row);
    },
    async acknowledge(id, by) {
      const person = principalName(by);
      if (open(id).state === "acknowledged") throw new AiosError("conflict", `incident ${id} is acknowledged already`);
      await bus.publish({ type: "incident.acknowledged", data: { incidentId: id, by: person }, ...about(id, person) });
      return incidentView(known(id));
    },
    async resolve(id, reason, by) {
      const person = principalName(by);
      open(id);
      const data = { incidentId: id, by: person, reason };
      await bus.publish({ type: "incident.resolved", data, ...about(id, person) });
      return incidentView(known(id));
    },
    async silence(id, untilMs, by) {
      const person = principalName(by);
      open(id);
      const data = { incidentId: id, by: person, untilMs };
      await bus.publish({ type: "incident.silenced", data, ...about(id, person) });
      return incidentView(known(id));
    },
  };
}

function incidentView(row: IncidentRow): IncidentView {
  const { id, title, severity, state, needsPerson, target, fingerprint, openedAtMs, updatedAtMs, silencedUntilMs } =
    row;
  return {
    id,
    title,
    severity,
    state,
    needsPerson,
    target,
    fingerprint,
    runs: [...row.runs],
    evidence: [...row.evidence],
    notes: row.notes.map((note) => ({ ...note })),
    openedAtMs,
    updatedAtMs,
    silencedUntilMs,
  };
}
