import { decideLesson, draftLesson, isDraftDue, isTrusted, type LessonChange, type LessonStanding } from "./lesson.ts";

/** How many distinct tasks are remembered by name for one fingerprint; beyond that only their number counts. */
const NAMED_TASKS = 1000;
/** Failures that are remembered; beyond them the ones without a lesson that struck longest ago go first. */
const FAILURES = 5_000;

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

/** By fingerprint; the one that struck last stands last. */
export type FailureBook = ReadonlyMap<string, FailureRecord>;

/** The same, to be written into: it may be large, and a copy for each failure would cost more the more is known. */
export type OpenFailureBook = Map<string, FailureRecord>;

export interface Seen {
  readonly record: FailureRecord;
  /** True when this failure began the lesson. */
  readonly drafted: boolean;
}

/** Writes a failure of a task into the book. The third distinct task with one fingerprint begins a lesson. */
export function seeFailure(
  book: OpenFailureBook,
  failure: { readonly fingerprint: string; readonly template: string; readonly taskId: string },
  most = FAILURES,
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
  book.delete(fingerprint);
  book.set(fingerprint, record);
  if (book.size > most) forgetOne(book);
  return { record, drafted };
}

function forgetOne(book: OpenFailureBook): void {
  for (const [fingerprint, { lesson }] of book) {
    if (lesson !== undefined) continue;
    book.delete(fingerprint);
    return;
  }
}

export interface Verdict {
  readonly fingerprint: string;
  readonly playbookId: string;
  readonly verdict: "fixed" | "not_fixed" | "relapsed";
  readonly target: string;
}

export interface Credited {
  readonly lesson: LessonRecord;
  readonly change: LessonChange | undefined;
  /** True when this verdict made the playbook the lesson's remedy. */
  readonly remedied: boolean;
}

/**
 * A settled run answered a failure: its lesson is credited in the book, or `undefined` when there is none it speaks about.
 * A lesson's standing is that of its remedy alone. The first playbook that fixes the failure becomes its remedy, and so
 * does another one once the remedy is no longer trusted; it begins a record of its own.
 */
export function creditLesson(book: OpenFailureBook, verdict: Verdict): Credited | undefined {
  const record = book.get(verdict.fingerprint);
  if (record?.lesson === undefined) return undefined;
  const { remedy, standing } = record.lesson;
  const own = remedy === verdict.playbookId;
  const remedied = !own && verdict.verdict === "fixed" && !isTrusted(standing);
  if (!own && !remedied) return undefined;
  const { state, change } = decideLesson(remedied ? draftLesson : standing, verdict);
  const lesson = { ...record.lesson, standing: state, remedy: verdict.playbookId };
  book.set(verdict.fingerprint, { ...record, lesson });
  return { lesson, change, remedied };
}
