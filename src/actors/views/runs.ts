import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { anything, objectOf, row } from "../../kernel/shape.ts";
import type { Target } from "../../kernel/target.ts";
import { appended, Newest } from "./newest.ts";
import {
  plannedRun,
  type RunEvidence,
  type RunRow,
  type RunStepRow,
  type RunTrigger,
  triggerOf,
  unplannedRun,
} from "./run-row.ts";
import type { View } from "./view.ts";

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
type Followed = Pick<EventOf<"playbook.suppressed">["data"], "after" | "runId" | "playbookId">;

const EVIDENCE_KEPT = 200;

/** Every playbook run that is under way, and the newest that settled. */
export class RunsView implements View {
  readonly name = "runs";
  readonly version = 1;
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
      "playbook.matched": (event) => {
        this.#rows.set(event.data.runId, plannedRun(event));
        this.#goesOn(event.data);
      },
      "playbook.suppressed": ({ data, at }) => {
        const { runId, playbookId, target, trigger, reason, detail } = data;
        this.#goesOn(data, `${reason}: ${detail}`);
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
          ok: data.ok,
          detail: data.detail,
          evidence: data.evidence,
          endedAtMs: at,
        }),
      "playbook.executed": ({ data }) =>
        this.#change(data.runId, () => ({ state: "validating", rehearsed: data.rehearsed })),
      "run.probed": ({ data, at }) =>
        this.#witness(data.runId, { what: "probe", ok: data.ok, detail: data.detail, reading: data.reading, atMs: at }),
      "run.undo_started": ({ data, at }) => {
        this.#step(data, { state: "undoing", undo: { key: data.key, attempt: data.attempt ?? 1, startedAtMs: at } });
        this.#change(data.runId, () => ({ state: "rolling_back" }));
      },
      "run.undo_completed": ({ data, at }) => {
        const { ok, same, detail } = data;
        const begun = this.#rows.get(data.runId)?.steps.find(({ step }) => step === data.step)?.undo;
        const undo = { ...(begun ?? { key: data.key, attempt: 1, startedAtMs: at }), ok, detail, endedAtMs: at };
        this.#step(data, { state: ok ? "undone" : "undo_failed", same, undo });
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

  snapshot(): Snapshot {
    return { rows: this.#rows.snapshot(), suppressed: this.#suppressed.snapshot() };
  }

  restore(value: unknown): void {
    const { rows, suppressed } = objectOf({ rows: anything, suppressed: anything })(value, this.name);
    this.#rows.restore(rows, row<RunRow>(), "runs.rows");
    this.#suppressed.restore(suppressed, row<SuppressedRow>(), "runs.suppressed");
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

  #stepStarted({ data, at }: EventOf<"run.step_started">): void {
    const { key, attempt, before } = data;
    this.#step(data, { state: "started", key, attempt, before, startedAtMs: at });
    this.#change(data.runId, () => ({ state: "executing" }));
  }

  #settled(event: EventOf<"playbook.settled">): void {
    const { runId, outcome, rollback, reason, residue, rehearsed, settleMs } = event.data;
    if (this.#rows.get(runId) === undefined) {
      this.#rows.set(runId, unplannedRun(event));
      this.#goesOn(event.data);
    }
    this.#change(runId, ({ plan, steps, evidence }) => ({
      weight: JSON.stringify([plan, steps, evidence]).length,
      state: "settled",
      outcome,
      rollback,
      reason,
      residue,
      rehearsed,
      settledAtMs: event.at,
      settleMs,
    }));
  }

  #goesOn({ after, runId: run, playbookId: playbook }: Followed, held?: string): void {
    const before = after?.at(-1);
    if (before === undefined) return;
    const sequel = { run, playbook, ...(held === undefined ? {} : { held }) };
    this.#change(before.runId, () => ({ sequel }));
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

function kept(evidence: readonly RunEvidence[], more: RunEvidence): readonly RunEvidence[] {
  return appended(evidence, more, EVIDENCE_KEPT);
}
