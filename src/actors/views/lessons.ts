import { draftLesson, lessonConfidence } from "../../domain/lesson.ts";
import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { LessonLevel } from "../../events/vocabulary.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { groupsOf, objectOf, row } from "../../kernel/shape.ts";
import { appended } from "./newest.ts";
import { refill, type View } from "./view.ts";

export interface LessonRow {
  readonly id: string;
  readonly fingerprint: string;
  readonly level: LessonLevel;
  /** Verified fixes that held. */
  readonly fixes: number;
  readonly failures: number;
  /** Distinct targets it was seen to hold on. */
  readonly targets: number;
  readonly confidence: number;
  /** What became of asking a model for advice; absent where none was asked. */
  readonly advice?: "written" | "none";
  /** The playbook that answers this failure. */
  readonly remedy?: string;
  /** Ids of the tasks or events it was drafted from. */
  readonly evidence: readonly string[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** What became of it, oldest first. */
  readonly history: readonly {
    readonly atMs: number;
    readonly sequence: number;
    readonly says: string;
    readonly run?: string;
  }[];
}

const HISTORY_KEPT = 50;

/** Every lesson: there are as many as there are kinds of failure that struck three tasks. */
export class LessonsView implements View {
  readonly name = "lessons";
  readonly version = 1;
  readonly #rows = new Map<string, LessonRow>();
  readonly apply: (event: AnyEvent) => void;

  constructor() {
    this.apply = dispatcher({
      "lesson.drafted": ({ data, at, sequence }) => {
        this.#rows.set(data.lessonId, {
          id: data.lessonId,
          fingerprint: data.fingerprint,
          level: "draft",
          fixes: 0,
          failures: 0,
          targets: 0,
          confidence: lessonConfidence(draftLesson),
          evidence: data.evidence,
          createdAtMs: at,
          updatedAtMs: at,
          history: [{ atMs: at, sequence, says: "drafted" }],
        });
      },
      "lesson.rekeyed": ({ data, at, sequence }) => {
        const { fingerprint, level, fixes, failures, targets, confidence, remedy, taken } = data;
        const standing = { fingerprint, level, fixes, failures, targets, confidence };
        if (taken !== undefined) this.#rows.delete(taken);
        const says = taken === undefined ? `known as ${fingerprint}` : `known as ${fingerprint}, with ${taken}`;
        this.#change(data.lessonId, { ...standing, ...(remedy === undefined ? {} : { remedy }) }, at, sequence, says);
      },
      "lesson.advised": ({ data, at, sequence }) =>
        this.#change(data.lessonId, { advice: "written" }, at, sequence, `advice by ${data.writtenBy}`),
      "lesson.unadvised": ({ data, at, sequence }) =>
        this.#change(data.lessonId, { advice: "none" }, at, sequence, `no advice by ${data.writtenBy}: ${data.reason}`),
      "lesson.remedied": ({ data, at, sequence }) =>
        this.#change(data.lessonId, { remedy: data.playbookId }, at, sequence, `remedy ${data.playbookId}`, data.runId),
      "lesson.credited": ({ data, at, sequence }) => {
        const { fixes, failures, targets, confidence, verdict, runId } = data;
        this.#change(data.lessonId, { fixes, failures, targets, confidence }, at, sequence, verdict, runId);
      },
      "lesson.promoted": ({ data, at, sequence }) =>
        this.#change(data.lessonId, { level: data.to }, at, sequence, `promoted to ${data.to}`, data.runId),
      "lesson.demoted": ({ data, at, sequence }) =>
        this.#change(data.lessonId, { level: data.to }, at, sequence, `demoted to ${data.to}`, data.runId),
    });
  }

  snapshot(): Snapshot {
    return { rows: inGroups([...this.#rows.values()]) };
  }

  restore(value: unknown): void {
    const { rows } = objectOf({ rows: groupsOf(row<LessonRow>()) })(value, this.name);
    refill(
      this.#rows,
      rows.map((one) => [one.id, one]),
    );
  }

  get(id: string): LessonRow | undefined {
    return this.#rows.get(id);
  }

  /** Newest first. */
  list(): readonly LessonRow[] {
    return [...this.#rows.values()].reverse();
  }

  #change(id: string, change: Partial<LessonRow>, atMs: number, sequence: number, says: string, run?: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    const history = appended(
      row.history,
      { atMs, sequence, says, ...(run === undefined ? {} : { run }) },
      HISTORY_KEPT,
    );
    this.#rows.set(id, { ...row, ...change, updatedAtMs: atMs, history });
  }
}
