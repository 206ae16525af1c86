import type { Incident } from "../answers.ts";
import { sayAge, sayMoment, sayTarget, sayWhen } from "../say.ts";
import { bullets, type Column, details, section } from "../table.ts";
import type { Paint } from "../terminal.ts";

export const states = ["open", "acknowledged", "resolved", "reopened"] as const;

export const incidentColumns = (nowMs: number): readonly Column<Incident>[] => [
  { title: "INCIDENT", of: ({ id }) => id },
  { title: "STATE", of: ({ state }) => state },
  { title: "SEVERITY", of: ({ severity }) => severity },
  { title: "NEEDS YOU", of: ({ needsPerson }) => (needsPerson ? "yes" : "no") },
  { title: "TARGET", of: ({ target }) => sayTarget(target), most: 40 },
  { title: "OPENED", of: ({ openedAtMs }) => sayAge(openedAtMs, nowMs) },
  { title: "RUNS", of: ({ runs }) => runs.length, right: true },
  { title: "TITLE", of: ({ title }) => title, most: 70 },
];

export function sayIncident(incident: Incident, nowMs: number, paint: Paint): string {
  const { state } = incident;
  const silenced = incident.silencedUntilMs ?? 0;
  return [
    details(
      [
        ["incident", incident.id],
        ["title", incident.title],
        ["state", state, state === "resolved" ? "green" : "yellow"],
        ["severity", incident.severity],
        ["needs a person", incident.needsPerson ? "yes" : "no"],
        ["target", sayTarget(incident.target)],
        ["fingerprint", incident.fingerprint],
        ["opened", sayWhen(incident.openedAtMs, nowMs)],
        ["updated", sayWhen(incident.updatedAtMs, nowMs)],
        ["silent until", silenced > nowMs ? sayWhen(silenced, nowMs) : undefined],
        ["runs", incident.runs.length === 0 ? undefined : incident.runs.join("\n")],
      ],
      paint,
    ),
    section("Evidence", bullets(incident.evidence), paint),
    section("Notes", bullets(incident.notes.map(({ text, atMs }) => `${sayMoment(atMs)}  ${text}`)), paint),
  ].join("");
}
