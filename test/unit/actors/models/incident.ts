import { incidentActors } from "../../../../src/actors/incident.ts";
import type { IncidentContext } from "../../../../src/machines/incident.ts";
import { AT, comes, type Model, restarted, says } from "./model.ts";
import { target } from "./run.ts";

export function incidentModel(): Model {
  const incidentId = "incident-1";
  const incident = {
    incidentId,
    title: "it broke",
    severity: "error",
    target,
    evidence: [],
    needsPerson: true,
  } as const;
  const { perform: _, ...kind } = incidentActors(async () => {});
  return {
    kind,
    name: incidentId,
    birth: { type: "incident.opened", data: incident },
    steps: [
      says("incident.updated", { incidentId, note: "n", needsPerson: true }),
      says("incident.acknowledged", { incidentId, by: "me" }),
      says("incident.silenced", { incidentId, by: "me", untilMs: AT + 2_000 }),
      says("incident.resolved", { incidentId, by: "me", reason: "mended" }),
      says("incident.reopened", { incidentId, reason: "again" }),
      says("notification.sent", { key: "incident-1/opened/0", channel: "log", incidentId, text: "t" }),
      restarted,
      comes("silence"),
    ],
    seen: ({ value, context }) => {
      const { reopened, notes, silencedUntilMs, untold, outbox } = context as IncidentContext;
      return JSON.stringify([
        value,
        Math.min(reopened, 2),
        Math.min(notes, 1),
        silencedUntilMs,
        untold,
        outbox.length > 1,
      ]);
    },
  };
}
