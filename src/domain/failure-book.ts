import { decideLesson, draftLesson, isDraftDue, isTrusted, type LessonChange } from "./lesson.ts";
import { type LessonRecord, unitedLessons } from "./lesson-union.ts";

/** How many distinct tasks are remembered by name for one fingerprint; beyond that only their number counts. */
const NAMED_TASKS = 1000;
/** Failures that are remembered unless told otherwise; beyond them the ones without a lesson that struck longest ago go first. */
export const FAILURES = 5_000;

/** What is known of one failure. */
export interface FailureRecord {
  readonly fingerprint: string;
  readonly template: string;
  readonly taskIds: ReadonlySet<string>;
  readonly tasks: number;
  readonly lesson: LessonRecord | undefined;
  /** Version of the rules that its fingerprint was made by. */
  readonly rules: number;
  /** What the present rules call it, where they are others and have seen it. */
  readonly now?: string | undefined;
}

/** By fingerprint; the one that struck last stands last. */
export type FailureBook = ReadonlyMap<string, FailureRecord>;

/** The same, to be written into: it may be large, and a copy for each failure would cost more the more is known. */
export type OpenFailureBook = Map<string, FailureRecord>;

export interface Seen {
  readonly record: FailureRecord;
  /** True when this failure began the lesson. */
  readonly drafted: boolean;
  /** Failures that were forgotten to make room. */
  readonly forgotten: number;
}

/** Writes a failure of a task into the book. The third distinct task with one fingerprint begins a lesson. */
export function seeFailure(
  book: OpenFailureBook,
  failure: {
    readonly fingerprint: string;
    readonly template: string;
    readonly taskId: string;
    readonly rules: number;
    readonly now?: string | undefined;
  },
  most = FAILURES,
): Seen {
  const { fingerprint, template, taskId, rules, now } = failure;
  const before = book.get(fingerprint) ?? {
    fingerprint,
    template,
    taskIds: new Set<string>(),
    tasks: 0,
    lesson: undefined,
    rules,
    now,
  };
  const isNew = !before.taskIds.has(taskId);
  const taskIds = isNew && before.taskIds.size < NAMED_TASKS ? new Set(before.taskIds).add(taskId) : before.taskIds;
  const drafted = before.lesson === undefined && isDraftDue(taskIds);
  const lesson = drafted ? newLesson(fingerprint) : before.lesson;
  const record = { ...before, taskIds, tasks: before.tasks + (isNew ? 1 : 0), lesson, now: before.now ?? now };
  book.delete(fingerprint);
  book.set(fingerprint, record);
  return { record, drafted, forgotten: book.size > most ? forget(book, most) : 0 };
}

/** A lesson of which nothing is known but that it is due. */
export function newLesson(fingerprint: string): LessonRecord {
  return { id: `lesson-${fingerprint}`, standing: draftLesson, remedy: undefined };
}

/** Those that struck longest ago, a sixteenth at once; lessons are kept. */
function forget(book: OpenFailureBook, most: number): number {
  const before = book.size;
  const left = most - (most >> 4);
  for (const [fingerprint, { lesson }] of book) {
    if (book.size <= left) break;
    if (lesson === undefined) book.delete(fingerprint);
  }
  return before - book.size;
}

export interface United {
  readonly record: FailureRecord;
  /** True when only both together have struck often enough for a lesson, which begins now. */
  readonly drafted: boolean;
  /** True when the lesson was known under the other fingerprint, or is made of two. */
  readonly moved: boolean;
  /** The lesson that was taken into the one that goes on. */
  readonly taken?: string;
}

/**
 * Two fingerprints turned out to be one failure: what is known of `from` is known of `to` from now on. Tasks of which
 * both had too many to name are counted twice at worst. `undefined` when nothing is known of `from`.
 */
export function uniteFailures(
  book: OpenFailureBook,
  {
    from,
    to,
    template,
    rules,
  }: { readonly from: string; readonly to: string; readonly template: string; readonly rules: number },
): United | undefined {
  const known = book.get(from);
  if (known === undefined || from === to) return undefined;
  book.delete(from);
  const other = book.get(to);
  const { taskIds, tasks } = unitedTasks(known, other);
  const both = known.lesson !== undefined && other?.lesson !== undefined;
  const united = both ? unitedLessons(other.lesson as LessonRecord, known.lesson as LessonRecord) : undefined;
  const before = united?.kept ?? other?.lesson ?? known.lesson;
  const drafted = before === undefined && isDraftDue(taskIds);
  const record: FailureRecord = {
    fingerprint: to,
    template,
    taskIds,
    tasks,
    lesson: drafted ? newLesson(to) : before,
    rules,
  };
  book.delete(to);
  book.set(to, record);
  const moved = known.lesson !== undefined;
  return { record, drafted, moved, ...(united === undefined ? {} : { taken: united.taken }) };
}

/** Distinct tasks of two failures. */
export function unitedTasks(
  one: FailureRecord,
  other: FailureRecord | undefined,
): Pick<FailureRecord, "taskIds" | "tasks"> {
  if (other === undefined) return one;
  const all = new Set([...other.taskIds, ...one.taskIds]);
  const twice = other.taskIds.size + one.taskIds.size - all.size;
  return { taskIds: new Set([...all].slice(0, NAMED_TASKS)), tasks: one.tasks + other.tasks - twice };
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
