import type { Playbook, RefusedFile } from "../answers.ts";
import { NO_DATA, sayEstimate, sayJson, sayRate, sayShare } from "../say.ts";
import { type Column, details, section, table } from "../table.ts";
import type { Paint } from "../terminal.ts";

export const playbookColumns: readonly Column<Playbook>[] = [
  { title: "PLAYBOOK", of: ({ id }) => id },
  { title: "ENABLED", of: ({ enabled }) => (enabled ? "yes" : "no") },
  { title: "RISK", of: ({ risk }) => risk },
  { title: "LISTENS TO", of: ({ eventType }) => eventType },
  { title: "DOES", of: ({ actions }) => actions.join(", "), most: 40 },
  { title: "TESTED", of: ({ tested }) => (tested ? "yes" : "no, asks") },
  { title: "RUNS", of: ({ runs }) => runs.settled, right: true },
  { title: "FIXES", of: ({ success }) => (success.value === null ? NO_DATA : sayShare(success.value)) },
];

const provenColumns: readonly Column<NonNullable<Playbook["proven"]>[number]>[] = [
  { title: "ON", of: ({ on, of }) => (of === undefined ? on : `${on} ${of}`) },
  { title: "FIXED", of: ({ fixed }) => fixed, right: true },
  { title: "NOT FIXED", of: ({ notFixed }) => notFixed, right: true },
  { title: "SHARE, 95 %", of: ({ share }) => sayEstimate(share) },
];

export function sayPlaybook(playbook: Playbook, paint: Paint): string {
  const { runs, proven } = playbook;
  return [
    details(
      [
        ["playbook", playbook.id],
        ["title", playbook.title],
        ["description", playbook.description],
        ["enabled", playbook.enabled ? "yes" : "no", playbook.enabled ? "green" : "yellow"],
        ["file", playbook.file],
        ["listens to", playbook.eventType],
        ["does", playbook.actions.join(", ")],
        ["checks", playbook.check],
        ["if no help", playbook.next],
        ["risk", playbook.risk],
        ["tested", playbook.tested ? "yes" : "no: each run asks a person"],
        ["runs", `${runs.settled} settled, ${runs.fixed} fixed, ${runs.notFixed} not fixed`],
        ["fixes", sayRate(playbook.success)],
        ["hash", playbook.hash],
      ],
      paint,
    ),
    section("Verified outcomes", proven === undefined ? "" : table(proven, provenColumns, paint), paint),
    section("Document", playbook.document === undefined ? "" : `${sayJson(playbook.document)}\n`, paint),
  ].join("");
}

/** A file that is not in force as it stands there, and whether another version of it is. */
export function sayRefused({ file, reason, kept }: RefusedFile): string {
  return `${file}: ${reason}${kept === true ? " (the version before stays in force)" : ""}`;
}
