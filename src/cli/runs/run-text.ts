import type { Run } from "../answers.ts";
import { sayEffects } from "../effects/table.ts";
import { sayAge, sayJson, sayTarget, sayWhen } from "../say.ts";
import { bullets, type Column, details, section, table } from "../table.ts";
import type { Colour, Paint } from "../terminal.ts";

export const outcomes = ["fixed", "not_fixed", "unverified", "relapsed", "refused", "suppressed", "expired"] as const;

export const runColumns = (nowMs: number): readonly Column<Run>[] => [
  { title: "RUN", of: ({ id }) => id },
  { title: "PLAYBOOK", of: ({ playbook }) => playbook },
  { title: "TARGET", of: ({ target }) => sayTarget(target), most: 40 },
  { title: "OUTCOME", of: ({ outcome, state }) => outcome ?? `${state} …` },
  { title: "ROLLBACK", of: ({ rollback }) => (rollback === "none" || rollback === null ? undefined : rollback) },
  { title: "BY", of: ({ via }) => via },
  { title: "MODE", of: ({ mode }) => (mode === "live" ? undefined : mode) },
  { title: "STARTED", of: ({ startedAtMs }) => sayAge(startedAtMs, nowMs) },
  { title: "REASON", of: ({ reason }) => reason, most: 60 },
];

/** What is left comes last and whole: it is what somebody has to look at. */
export const reviewColumns = (nowMs: number): readonly Column<Run>[] => [
  { title: "RUN", of: ({ id }) => id },
  { title: "PLAYBOOK", of: ({ playbook }) => playbook },
  { title: "TARGET", of: ({ target }) => sayTarget(target), most: 40 },
  { title: "OUTCOME", of: ({ outcome }) => outcome ?? undefined },
  { title: "ROLLBACK", of: ({ rollback }) => rollback ?? undefined },
  { title: "ENDED", of: ({ settledAtMs }) => (settledAtMs === undefined ? undefined : sayAge(settledAtMs, nowMs)) },
  { title: "LEFT", of: ({ left }) => left.join("; ") },
];

/** Everything about one run: why, the plan, its steps and what was read before and after. */
export function sayRun(run: Run, nowMs: number, paint: Paint): string {
  return [
    details(
      [
        ["run", run.id],
        ["playbook", run.playbook],
        ["target", sayTarget(run.target)],
        ["state", run.state],
        ["outcome", run.outcome ?? "none yet", run.outcome === null ? "cyan" : colours[run.outcome]],
        ["rollback", run.rollback ?? undefined],
        ["reason", run.reason],
        ["by", `${run.via}, mode ${run.mode}`],
        ["trigger", `${run.trigger.type}, sequence ${run.trigger.sequence}, ${sayWhen(run.trigger.atMs, nowMs) ?? ""}`],
        ["agent", run.agent],
        ["task", run.task],
        ["fingerprint", run.fingerprint],
        ["lesson", run.lesson],
        ["approval", run.approval],
        ["started", sayWhen(run.startedAtMs, nowMs)],
        ["settled", sayWhen(run.settledAtMs, nowMs)],
        ["plan", run.planHash],
      ],
      paint,
    ),
    section("Chain", bullets(sayChain(run)), paint),
    section("Why", bullets(run.why), paint),
    section("Steps", run.steps.length === 0 ? "" : table(run.steps, stepColumns, paint), paint),
    section("Evidence", run.evidence.length === 0 ? "" : table(run.evidence, evidenceColumns(nowMs), paint), paint),
    sayEffects(run.effects, nowMs, paint),
    section("Left behind", bullets(run.left), paint),
    section("Plan", `${sayJson(run.plan)}\n`, paint),
  ].join("");
}

/** The runs before it, itself, and what follows; nothing where it stands alone. */
function sayChain({ after, playbook, id, outcome, state, next, sequel }: Run): readonly string[] {
  if (after.length === 0 && next === undefined) return [];
  const before = after.map(
    ({ runId, playbookId, outcome: end, reason }) => `${playbookId} (${runId}): ${end}, ${reason}`,
  );
  const here = `${playbook} (${id}): ${outcome ?? `${state} …`}  ← this run`;
  const held = sequel?.held === undefined ? "" : `: held back, ${sequel.held}`;
  if (sequel !== undefined) return [...before, here, `then ${sequel.playbook} (${sequel.run})${held}`];
  return next === undefined || state === "settled"
    ? [...before, here]
    : [...before, here, `if that does not help: ${next}`];
}

const colours: Readonly<Record<NonNullable<Run["outcome"]>, Colour>> = {
  fixed: "green",
  not_fixed: "red",
  unverified: "yellow",
  relapsed: "red",
  refused: "yellow",
  suppressed: "dim",
  expired: "yellow",
};

const stepColumns: readonly Column<Run["steps"][number]>[] = [
  { title: "", of: ({ step }) => step, right: true },
  { title: "ACTION", of: ({ action }) => action },
  { title: "STATE", of: ({ state }) => state },
  { title: "AS BEFORE", of: ({ same }) => (same === undefined || same === null ? undefined : same ? "yes" : "no") },
  { title: "WHAT", of: ({ says, detail }) => (detail === undefined ? says : `${says}: ${detail}`), most: 100 },
];

const evidenceColumns = (nowMs: number): readonly Column<Run["evidence"][number]>[] => [
  { title: "WHAT", of: ({ what }) => what },
  { title: "HOLDS", of: ({ ok }) => (ok === null ? "unknown" : ok ? "yes" : "no") },
  { title: "WHEN", of: ({ atMs }) => sayAge(atMs, nowMs) },
  { title: "DETAIL", of: ({ detail }) => detail, most: 100 },
];
