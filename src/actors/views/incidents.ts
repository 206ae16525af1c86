import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import type { Severity } from "../../events/vocabulary.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { row } from "../../kernel/shape.ts";
import type { Target } from "../../kernel/target.ts";
import { appended, Newest } from "./newest.ts";
import type { View } from "./view.ts";

export interface IncidentRow {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: "open" | "acknowledged" | "resolved" | "reopened";
  readonly needsPerson: boolean;
  readonly target: Target;
  readonly fingerprint?: string | undefined;
  readonly runs: readonly string[];
  readonly evidence: readonly string[];
  /** Oldest first. */
  readonly notes: readonly { readonly text: string; readonly atMs: number }[];
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  readonly resolvedAtMs?: number | undefined;
  readonly silencedUntilMs?: number;
}

const KEPT = 100;

/** What a person is told about: everything that is not over, and the newest that is. */
export class IncidentsView implements View {
  readonly name = "incidents";
  readonly version = 1;
  readonly #rows: Newest<IncidentRow>;
  readonly apply: (event: AnyEvent) => void;

  constructor(capacity = 2_000) {
    this.#rows = new Newest({ capacity, holds: ({ state }) => state !== "resolved" });
    this.apply = dispatcher({
      "incident.opened": (event) => this.#opened(event),
      "incident.updated": ({ data, at }) =>
        this.#change(data.incidentId, at, data.note, (row) => ({
          needsPerson: data.needsPerson,
          runs: withRun(row.runs, data.runId),
        })),
      "incident.acknowledged": ({ data, at }) =>
        this.#change(data.incidentId, at, `acknowledged by ${data.by}`, () => ({ state: "acknowledged" })),
      "incident.silenced": ({ data, at }) =>
        this.#change(data.incidentId, at, `silenced by ${data.by}`, () => ({ silencedUntilMs: data.untilMs })),
      "incident.resolved": ({ data, at }) =>
        this.#change(data.incidentId, at, `resolved by ${data.by}: ${data.reason}`, () => ({
          state: "resolved",
          needsPerson: false,
          resolvedAtMs: at,
        })),
      "incident.reopened": ({ data, at }) =>
        this.#change(data.incidentId, at, `reopened: ${data.reason}`, (row) => ({
          state: "reopened",
          resolvedAtMs: undefined,
          runs: withRun(row.runs, data.runId),
        })),
    });
  }

  snapshot(): Snapshot {
    return { rows: this.#rows.snapshot() };
  }

  restore(value: unknown): void {
    this.#rows.restore(
      row<{ readonly rows: unknown }>()(value, this.name).rows,
      row<IncidentRow>(),
      `${this.name}.rows`,
    );
  }

  get(id: string): IncidentRow | undefined {
    return this.#rows.get(id);
  }

  /** Newest first. */
  list(): readonly IncidentRow[] {
    return this.#rows.list();
  }

  #opened({ data, at }: EventOf<"incident.opened">): void {
    const { incidentId, title, severity, target, fingerprint, runId, evidence, needsPerson } = data;
    this.#rows.set(incidentId, {
      id: incidentId,
      title,
      severity,
      state: "open",
      needsPerson,
      target,
      fingerprint,
      runs: withRun([], runId),
      evidence,
      notes: [],
      openedAtMs: at,
      updatedAtMs: at,
    });
  }

  #change(id: string, atMs: number, text: string, change: (row: IncidentRow) => Partial<IncidentRow>): void {
    this.#rows.change(id, (row) => ({
      ...row,
      ...change(row),
      notes: appended(row.notes, { text, atMs }, KEPT),
      updatedAtMs: atMs,
    }));
  }
}

/** Not over yet. */
export function isOpen({ state }: Pick<IncidentRow, "state">): boolean {
  return state !== "resolved";
}

function withRun(runs: readonly string[], runId: string | undefined): readonly string[] {
  return runId === undefined || runs.includes(runId) ? runs : appended(runs, runId, KEPT);
}
