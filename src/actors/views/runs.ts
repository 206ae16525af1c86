import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import type { Plan, PlanStep } from "../../events/types/playbook.ts";
import type { Outcome, ReactorMode, Rollback } from "../../events/vocabulary.ts";
import type { Json } from "../../kernel/json.ts";
import type { Target } from "../../kernel/target.ts";
import { appended, Newest } from "./newest.ts";

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
  readonly startedAtMs?: number;
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
  readonly via: "trigger" | "lesson" | "manual";
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
  /** Characters of its plan, steps and evidence once settled, for the bound on memory. */
  readonly weight: number;
}

/** A match that a limit kept from becoming a run. */
export interface SuppressedRow {
  readonly id: string;
  readonly playbook: string;
  readonly target: Target;
  readonly trigger: RunTrigger;
  readonly reason: string;
  readonly detail: string;
  readonly atMs: number;
}

export interface RunsSettings {
  /** Settled runs kept; a run under way is always kept. */
  readonly capacity: number;
  readonly suppressed: number;
  /** Characters of plans, steps and evidence kept in all. */
  readonly maxCharacters: number;
}

export const runsSettings: RunsSettings = { capacity: 5_000, suppressed: 1_000, maxCharacters: 32 * 1024 * 1024 };
const EVIDENCE_KEPT = 200;

/** Every playbook run that is under way, and the newest that settled. */
export class RunsView {
  readonly #rows: Newest<RunRow>;
  readonly #suppressed: Newest<SuppressedRow>;
  readonly apply: (event: AnyEvent) => void;

  constructor(settings: RunsSettings = runsSettings) {
    this.#rows = new Newest({
      capacity: settings.capacity,
      holds: ({ state }) => state !== "settled",
      weigh: ({ weight }) => weight,
      maxWeight: settings.maxCharacters,
    });
    this.#suppressed = new Newest({ capacity: settings.suppressed });
    this.apply = dispatcher({
      "playbook.matched": (event) => this.#matched(event),
      "playbook.suppressed": ({ data, at }) => {
        const { runId, playbookId, target, trigger, reason, detail } = data;
        const row = { id: runId, playbook: playbookId, target, trigger: triggerOf(trigger), reason, detail, atMs: at };
        this.#suppressed.set(runId, row);
      },
      "approval.requested": ({ data }) =>
        this.#change(data.runId, () => ({ state: "awaiting_approval", approval: data.approvalId })),
      "run.prechecked": ({ data, at }) =>
        this.#change(data.runId, (row) => ({
          state: "prechecked",
          evidence: data.checks.reduce(
            (evidence, { check, ok, detail }) =>
              kept(evidence, { what: "precheck", ok, detail: `${check}: ${detail}`, atMs: at }),
            row.evidence,
          ),
        })),
      "run.step_started": (event) => this.#stepStarted(event),
      "run.step_completed": ({ data, at }) =>
        this.#step(data, {
          state: data.ok ? "done" : "failed",
          detail: data.detail,
          evidence: data.evidence,
          endedAtMs: at,
        }),
      "playbook.executed": ({ data }) =>
        this.#change(data.runId, () => ({ state: "validating", rehearsed: data.rehearsed })),
      "run.probed": ({ data, at }) =>
        this.#witness(data.runId, { what: "probe", ok: data.ok, detail: data.detail, reading: data.reading, atMs: at }),
      "run.undo_started": ({ data }) => {
        this.#step(data, { state: "undoing" });
        this.#change(data.runId, () => ({ state: "rolling_back" }));
      },
      "run.undo_completed": ({ data, at }) => {
        const { ok, same, detail } = data;
        this.#step(data, { state: ok ? "undone" : "undo_failed", same });
        this.#witness(data.runId, {
          what: "undo",
          ok: ok ? same : false,
          detail: `${data.action}: ${detail}`,
          atMs: at,
        });
      },
      "playbook.settled": (event) => this.#settled(event),
      "playbook.relapsed": ({ data, at }) => {
        this.#change(data.runId, () => ({ outcome: "relapsed", relapsedAtMs: at }));
        this.#witness(data.runId, {
          what: "relapse",
          ok: false,
          detail: `its trigger came back: ${data.again}`,
          atMs: at,
        });
      },
    });
  }

  get(id: string): RunRow | undefined {
    return this.#rows.get(id);
  }

  /** Newest first. */
  list(): readonly RunRow[] {
    return this.#rows.list();
  }

  /** Newest first. */
  suppressed(): readonly SuppressedRow[] {
    return this.#suppressed.list();
  }

  #matched({ data, at }: EventOf<"playbook.matched">): void {
    this.#rows.set(data.runId, {
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
      startedAtMs: at,
      weight: 0,
    });
  }

  #stepStarted({ data, at }: EventOf<"run.step_started">): void {
    const { key, attempt, before } = data;
    this.#step(data, { state: "started", key, attempt, before, startedAtMs: at });
    this.#change(data.runId, () => ({ state: "executing" }));
  }

  #settled({ data, at }: EventOf<"playbook.settled">): void {
    const { runId, outcome, rollback, reason, residue, rehearsed, settleMs } = data;
    if (this.#rows.get(runId) === undefined) this.#rows.set(runId, unplanned(data, at));
    this.#change(runId, ({ plan, steps, evidence }) => ({
      weight: JSON.stringify([plan, steps, evidence]).length,
      state: "settled",
      outcome,
      rollback,
      reason,
      residue,
      rehearsed,
      settledAtMs: at,
      settleMs,
    }));
  }

  #step(
    at: { readonly runId: string; readonly step: number; readonly action: string },
    change: Partial<RunStepRow>,
  ): void {
    this.#change(at.runId, ({ steps }) => ({
      steps: steps.map((row) => (row.step === at.step ? { ...row, ...change } : row)),
    }));
  }

  #witness(runId: string, evidence: RunEvidence): void {
    this.#change(runId, (row) => ({ evidence: kept(row.evidence, evidence) }));
  }

  #change(id: string, change: (row: RunRow) => Partial<RunRow>): void {
    this.#rows.change(id, (row) => ({ ...row, ...change(row) }));
  }
}

/** The run told in sentences, in the order in which it happened. */
export function explainRun(row: RunRow): readonly string[] {
  const steps = row.steps.flatMap(({ says, state, detail }) =>
    state === "planned" ? [] : [`${says} — ${state}${detail === undefined ? "" : `: ${detail}`}`],
  );
  const seen = row.evidence.map(({ what, ok, detail }) => `${what} ${verdict(ok)}: ${detail}`);
  const end = row.outcome === null ? `${row.state} now` : `${row.outcome}, ${row.rollback ?? "none"}: ${row.reason}`;
  return [
    ...row.why,
    ...(row.plan?.riskWhy ?? []),
    ...steps,
    ...seen,
    end,
    ...row.residue.map((left) => `left: ${left}`),
  ];
}

function verdict(ok: boolean | null): string {
  return ok === null ? "unreadable" : ok ? "yes" : "no";
}

function kept(evidence: readonly RunEvidence[], more: RunEvidence): readonly RunEvidence[] {
  return appended(evidence, more, EVIDENCE_KEPT);
}

function planned({ action, says }: PlanStep, step: number): RunStepRow {
  return { step, action, says, state: "planned" };
}

function triggerOf({ id, sequence, type, at }: { id: string; sequence: number; type: string; at: number }): RunTrigger {
  return { id, sequence, type, atMs: at };
}

function unplanned(data: EventOf<"playbook.settled">["data"], atMs: number): RunRow {
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
    startedAtMs: atMs,
    weight: 0,
  };
}
