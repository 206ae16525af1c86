import type { Approval } from "../answers.ts";
import { sayAge, sayJson, sayTarget, sayWhen } from "../say.ts";
import { bullets, type Column, details, section } from "../table.ts";
import type { Paint } from "../terminal.ts";

export const states = ["waiting", "approved", "rejected", "expired"] as const;

export const approvalColumns = (nowMs: number): readonly Column<Approval>[] => [
  { title: "APPROVAL", of: ({ id }) => id },
  { title: "STATE", of: ({ state }) => state },
  { title: "RISK", of: ({ risk }) => risk },
  { title: "PLAYBOOK", of: ({ playbook }) => playbook },
  { title: "TARGET", of: ({ target }) => sayTarget(target), most: 40 },
  { title: "ASKED", of: ({ requestedAtMs }) => sayAge(requestedAtMs, nowMs) },
  { title: "EXPIRES", of: ({ state, expiresAtMs }) => (state === "waiting" ? sayAge(expiresAtMs, nowMs) : undefined) },
  { title: "DECIDED BY", of: ({ decidedBy }) => decidedBy },
  { title: "WHY", of: ({ why }) => why.join("; "), most: 60 },
];

/** What is asked: the plan, its risk and who wants it. */
export function sayApproval(approval: Approval, nowMs: number, paint: Paint): string {
  const { state } = approval;
  return [
    details(
      [
        ["approval", approval.id],
        ["state", state, state === "waiting" ? "cyan" : undefined],
        ["risk", approval.risk, approval.risk === "low" ? "green" : "yellow"],
        ["playbook", approval.playbook],
        ["target", sayTarget(approval.target)],
        ["run", approval.run],
        ["proposed by", approval.proposedBy],
        ["asked", sayWhen(approval.requestedAtMs, nowMs)],
        ["expires", state === "waiting" ? sayWhen(approval.expiresAtMs, nowMs) : undefined],
        ["decided", sayWhen(approval.decidedAtMs, nowMs)],
        ["by", approval.decidedBy],
        ["reason", approval.reason],
        ["plan", approval.planHash],
      ],
      paint,
    ),
    section("Why", bullets(approval.why), paint),
    section("Plan", approval.plan === undefined ? "" : `${sayJson(approval.plan)}\n`, paint),
  ].join("");
}
