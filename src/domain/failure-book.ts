import type { LessonLevel } from "../events/vocabulary.ts";
import { decideLesson, draftLesson, isDraftDue, type LessonChange, type LessonStanding } from "./lesson.ts";

/** How many distinct tasks are remembered by name for one fingerprint; beyond that only their number counts. */
const NAMED_TASKS = 1000;

/** What is known of one failure. */
export interface FailureRecord {
  readonly fingerprint: string;
  readonly template: string;
  readonly taskIds: ReadonlySet<string>;
  readonly tasks: number;
  readonly lesson: LessonRecord | undefined;
}

export interface LessonRecord {
  readonly id: string;
  readonly standing: LessonStanding;
  /** The playbook that was seen to fix it. */
  readonly remedy: string | undefined;
}

export type FailureBook = ReadonlyMap<string, FailureRecord>;

export interface Seen {
  readonly book: FailureBook;
  readonly record: FailureRecord;
  /** True when this failure began the lesson. */
  readonly drafted: boolean;
}

/** A failure of a task. The third distinct task with one fingerprint begins a lesson. */
export function seeFailure(
  book: FailureBook,
  failure: { readonly fingerprint: string; readonly template: string; readonly taskId: string },
): Seen {
  const { fingerprint, template, taskId } = failure;
  const before = book.get(fingerprint) ?? {
    fingerprint,
    template,
    taskIds: new Set<string>(),
    tasks: 0,
    lesson: undefined,
  };
  const isNew = !before.taskIds.has(taskId);
  const taskIds = isNew && before.taskIds.size < NAMED_TASKS ? new Set([...before.taskIds, taskId]) : before.taskIds;
  const drafted = before.lesson === undefined && isDraftDue(taskIds);
  const lesson = drafted ? { id: `lesson-${fingerprint}`, standing: draftLesson, remedy: undefined } : before.lesson;
  const record = { ...before, taskIds, tasks: before.tasks + (isNew ? 1 : 0), lesson };
  return { book: new Map(book).set(fingerprint, record), record, drafted };
}

export interface Verdict {
  readonly fingerprint: string;
  readonly playbookId: string;
  readonly verdict: "fixed" | "not_fixed" | "relapsed";
  readonly target: string;
}

export interface Credited {
  readonly book: FailureBook;
  readonly lesson: LessonRecord;
  readonly change: LessonChange | undefined;
  /** True when this verdict made the playbook the lesson's remedy. */
  readonly remedied: boolean;
}

/** A settled run answered a failure: its lesson is credited, or `undefined` when there is none it speaks about. */
export function creditLesson(book: FailureBook, verdict: Verdict): Credited | undefined {
  const record = book.get(verdict.fingerprint);
  if (record?.lesson === undefined) return undefined;
  const remedied = record.lesson.remedy === undefined && verdict.verdict === "fixed";
  // Another playbook's failure says nothing about this lesson's remedy.
  if (!remedied && record.lesson.remedy !== undefined && record.lesson.remedy !== verdict.playbookId) return undefined;
  const { state, change } = decideLesson(record.lesson.standing, verdict);
  const lesson = {
    ...record.lesson,
    standing: state,
    remedy: record.lesson.remedy ?? (remedied ? verdict.playbookId : undefined),
  };
  return { book: new Map(book).set(verdict.fingerprint, { ...record, lesson }), lesson, change, remedied };
}

/** Whether a lesson's playbook may be triggered by the failure's fingerprint alone. */
export function isProven(level: LessonLevel): boolean {
  return level === "verified" || level === "hardened";
}
