import { sayStep } from "../../domain/playbook/chain.ts";
import type { EventOf } from "../../events/envelope.ts";
import type { ChainStep, Plan, PlanStep, Via } from "../../events/types/playbook.ts";
import type { Outcome, ReactorMode, Rollback } from "../../events/vocabulary.ts";
import type { Json } from "../../kernel/json.ts";
import type { Target } from "../../kernel/target.ts";

export interface RunStepRow {
  readonly step: number;
  readonly action: string;
  readonly says: string;
  readonly state: "planned" | "started" | "done" | "failed" | "undoing" | "undone" | "undo_failed";
  readonly key?: string;
  readonly attempt?: number;
  /** What undo needs, recorded before the effect. */
  readonly before?: Json | undefined;
  readonly detail?: string;
  readonly evidence?: Json | undefined;
  /** Whether the state after undo equals the one before; null when it could not be compared. */
  readonly same?: boolean | null;
  /** How the action itself ended, whatever became of it since. */
  readonly ok?: boolean;
  readonly undo?: RunUndoRow;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
}

export interface RunUndoRow {
  readonly key: string;
  readonly attempt: number;
  readonly ok?: boolean;
  readonly detail?: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
}

export interface RunEvidence {
  readonly what: "precheck" | "probe" | "undo" | "relapse";
  readonly ok: boolean | null;
  readonly detail: string;
  readonly reading?: Json;
  readonly atMs: number;
}

export type RunState =
  | "matched"
  | "prechecked"
  | "awaiting_approval"
  | "executing"
  | "validating"
  | "rolling_back"
  | "settled";

export interface RunTrigger {
  readonly id: string;
  readonly sequence: number;
  readonly type: string;
  readonly atMs: number;
}

export interface RunRow {
  readonly id: string;
  readonly playbook: string;
  readonly target: Target;
  readonly state: RunState;
  /** null while it runs. */
  readonly outcome: Outcome | null;
  readonly rollback: Rollback | null;
  readonly reason: string;
  readonly via: Via;
  readonly mode: ReactorMode;
  readonly trigger: RunTrigger;
  /** null for a run that was refused before a plan existed. */
  readonly plan: Plan | null;
  readonly planHash: string;
  readonly targetVersion: string;
  /** Why this playbook, in words. */
  readonly why: readonly string[];
  readonly steps: readonly RunStepRow[];
  readonly evidence: readonly RunEvidence[];
  readonly residue: readonly string[];
  readonly rehearsed: boolean;
  readonly agent?: string | undefined;
  readonly task?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly lesson?: string | undefined;
  readonly approval?: string | undefined;
  readonly startedAtMs: number;
  readonly settledAtMs?: number;
  readonly settleMs?: number;
  readonly relapsedAtMs?: number;
  /** The playbook that goes on where this run does not verifiably help. */
  readonly next?: string | undefined;
  /** The runs of a chain before this one, oldest first. */
  readonly after?: readonly ChainStep[] | undefined;
  /** What its chain went on with; `held` is why it could not. */
  readonly sequel?: { readonly run: string; readonly playbook: string; readonly held?: string };
  /** Characters of its plan, steps and evidence once settled, for the bound on memory. */
  readonly weight: number;
}

/** A run as its match fixes it. */
export function plannedRun({ data, at }: EventOf<"playbook.matched">): RunRow {
  return {
    id: data.runId,
    playbook: data.playbookId,
    target: data.target,
    state: "matched",
    outcome: null,
    rollback: null,
    reason: "",
    via: data.via,
    mode: data.mode,
    trigger: triggerOf(data.trigger),
    plan: data.plan,
    planHash: data.planHash,
    targetVersion: data.targetVersion,
    why: data.why,
    steps: data.plan.steps.map(planned),
    evidence: [],
    residue: [],
    rehearsed: data.mode !== "live",
    agent: data.agentId,
    task: data.taskId,
    fingerprint: data.fingerprint,
    lesson: data.lessonId,
    next: data.next,
    after: data.after,
    startedAtMs: at,
    weight: 0,
  };
}

/** A run that was refused before it had a plan. */
export function unplannedRun({ data, at }: EventOf<"playbook.settled">): RunRow {
  return {
    id: data.runId,
    playbook: data.playbookId,
    target: data.target,
    state: "settled",
    outcome: null,
    rollback: null,
    reason: data.reason,
    via: data.via,
    mode: data.rehearsed ? "rehearse" : "live",
    trigger: triggerOf(data.trigger),
    plan: null,
    planHash: "",
    targetVersion: "",
    why: [],
    steps: [],
    evidence: [],
    residue: data.residue,
    rehearsed: data.rehearsed,
    agent: data.agentId,
    task: data.taskId,
    fingerprint: data.fingerprint,
    lesson: data.lessonId,
    next: data.next,
    after: data.after,
    startedAtMs: at,
    weight: 0,
  };
}

function planned({ action, says }: PlanStep, step: number): RunStepRow {
  return { step, action, says, state: "planned" };
}

export function triggerOf({
  id,
  sequence,
  type,
  at,
}: {
  id: string;
  sequence: number;
  type: string;
  at: number;
}): RunTrigger {
  return { id, sequence, type, atMs: at };
}

/** The run told in sentences, in the order in which it happened. */
export function explainRun(row: RunRow): readonly string[] {
  const steps = row.steps.flatMap(({ says, state, detail }) =>
    state === "planned" ? [] : [`${says} — ${state}${detail === undefined ? "" : `: ${detail}`}`],
  );
  const seen = row.evidence.map(({ what, ok, detail }) => `${what} ${verdict(ok)}: ${detail}`);
  const end = row.outcome === null ? `${row.state} now` : `${row.outcome}, ${row.rollback ?? "none"}: ${row.reason}`;
  return [
    ...(row.after ?? []).map(sayStep),
    ...row.why,
    ...(row.plan?.riskWhy ?? []),
    ...steps,
    ...seen,
    end,
    ...row.residue.map((left) => `left: ${left}`),
    ...sequelOf(row),
  ];
}

function sequelOf({ sequel, next, state }: RunRow): readonly string[] {
  if (sequel !== undefined)
    return [
      sequel.held === undefined
        ? `then ${sequel.playbook} (${sequel.run})`
        : `${sequel.playbook} held back: ${sequel.held}`,
    ];
  return next === undefined || state === "settled" ? [] : [`if that does not help: ${next}`];
}

function verdict(ok: boolean | null): string {
  return ok === null ? "unreadable" : ok ? "yes" : "no";
}
