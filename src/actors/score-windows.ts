import { type Observable, Subject } from "rxjs";
import { isTrusted } from "../domain/lesson.ts";
import type { Tally } from "../domain/score.ts";
import { dispatcher } from "../events/dispatch.ts";
import type { AnyEvent } from "../events/envelope.ts";
import { type LessonLevel, lessonLevel } from "../events/vocabulary.ts";
import { SlidingWindow, slidingWindow, tally, type WindowChange } from "../events/windows.ts";
import { type Checkpointed, inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import {
  anything,
  groupsOf,
  listOf,
  number,
  objectOf,
  oneOf,
  optional,
  type Shape,
  text,
  yesNo,
} from "../kernel/shape.ts";
import { Newest } from "./views/newest.ts";

export interface ScoreWindowsSettings {
  readonly windowMs: number;
  /** Entries that one window holds at most. */
  readonly capacity: number;
}

type Term = "tasks" | "issues" | "fingerprints";

/** A fingerprint counts for learning from so many distinct tasks on. */
const TIMES_SEEN = 3;

/**
 * The three counted terms of the score, each a sliding window over the events that feed it.
 *
 * A task counts once, by its last end. An issue is a settled run that was not a rehearsal, or a resolved incident that
 * no such run answers for; a relapse takes a run's credit back without making it younger. A fingerprint counts when it
 * was observed in the window and has struck three tasks by then.
 */
export class ScoreWindows implements Checkpointed {
  readonly name = "score-windows";
  readonly version = 1;
  readonly #tasks = new Subject<WindowChange<boolean>>();
  readonly #issues = new Subject<WindowChange<boolean>>();
  readonly #fingerprints = new Subject<WindowChange<boolean>>();
  readonly #windows: Readonly<Record<Term, SlidingWindow<boolean>>>;
  readonly #incidents = new Newest<readonly string[]>({ capacity: 10_000 });
  readonly #answered = new Newest<true>({ capacity: 10_000 });
  readonly #levels = new Newest<LessonLevel>({ capacity: 10_000 });
  readonly #handle: (event: AnyEvent) => void;
  #tsr: Tally = { good: 0, n: 0 };
  #cr: Tally = { good: 0, n: 0 };
  #learning: Tally = { good: 0, n: 0 };

  /** @param now says how late it is; entries leave as it advances. */
  constructor(settings: ScoreWindowsSettings, now: Observable<number>) {
    const window = () => new SlidingWindow<boolean>(settings);
    this.#windows = { tasks: window(), issues: window(), fingerprints: window() };
    const counted = (changes: Observable<WindowChange<boolean>>, term: Term) =>
      tally(slidingWindow(changes, now, this.#windows[term]));
    counted(this.#tasks, "tasks").subscribe((count) => {
      this.#tsr = count;
    });
    counted(this.#issues, "issues").subscribe((count) => {
      this.#cr = count;
    });
    counted(this.#fingerprints, "fingerprints").subscribe((count) => {
      this.#learning = count;
    });
    this.#handle = this.#handlers();
  }

  snapshot(): Snapshot {
    return {
      tasks: saved(this.#windows.tasks),
      issues: saved(this.#windows.issues),
      fingerprints: saved(this.#windows.fingerprints),
      incidents: this.#incidents.snapshot(),
      answered: this.#answered.snapshot(),
      levels: this.#levels.snapshot(),
    };
  }

  restore(value: unknown): void {
    const { tasks, issues, fingerprints, incidents, answered, levels } = state(value, this.name);
    this.#incidents.restore(incidents, listOf(text), "score-windows.incidents");
    this.#answered.restore(answered, isTrue, "score-windows.answered");
    this.#levels.restore(levels, levelShape, "score-windows.levels");
    for (const [changes, saved] of [
      [this.#tasks, tasks],
      [this.#issues, issues],
      [this.#fingerprints, fingerprints],
    ] as const)
      changes.next({ kind: "restore", saved: { ...saved, nowMs: saved.nowMs ?? Number.NEGATIVE_INFINITY } });
  }

  apply(event: AnyEvent): void {
    this.#handle(event);
  }

  get counts(): { readonly tsr: Tally; readonly cr: Tally; readonly learning: Tally } {
    return { tsr: this.#tsr, cr: this.#cr, learning: this.#learning };
  }

  stop(): void {
    for (const changes of [this.#tasks, this.#issues, this.#fingerprints]) changes.complete();
  }

  #handlers(): (event: AnyEvent) => void {
    const ended = (taskId: string, atMs: number, value: boolean) =>
      this.#tasks.next({ kind: "enter", key: taskId, atMs, value });
    return dispatcher({
      "task.succeeded": ({ data, at }) => ended(data.taskId, at, true),
      "task.failed": ({ data, at }) => ended(data.taskId, at, false),
      "task.cancelled": ({ data, at }) => ended(data.taskId, at, false),
      "playbook.settled": ({ data, at }) => {
        if (data.rehearsed) return;
        this.#answered.set(data.runId, true);
        this.#issues.next({ kind: "enter", key: `run:${data.runId}`, atMs: at, value: data.outcome === "fixed" });
      },
      "playbook.relapsed": ({ data }) => this.#issues.next({ kind: "amend", key: `run:${data.runId}`, value: false }),
      "incident.opened": ({ data }) =>
        this.#incidents.set(data.incidentId, data.runId === undefined ? [] : [data.runId]),
      "incident.updated": ({ data }) => this.#involve(data.incidentId, data.runId),
      "incident.resolved": ({ data, at }) => {
        const runs = this.#incidents.get(data.incidentId) ?? [];
        if (runs.some((runId) => this.#answered.get(runId) === true)) return;
        this.#issues.next({ kind: "enter", key: `incident:${data.incidentId}`, atMs: at, value: false });
      },
      "incident.reopened": ({ data }) => {
        this.#involve(data.incidentId, data.runId);
        this.#issues.next({ kind: "remove", key: `incident:${data.incidentId}` });
      },
      "failure.observed": ({ data, at }) => {
        if (data.tasks < TIMES_SEEN) return;
        const value = isTrusted({ level: this.#levels.get(data.fingerprint) ?? data.level ?? "draft" });
        this.#fingerprints.next({ kind: "enter", key: data.fingerprint, atMs: at, value });
      },
      "failure.aliased": ({ data: { from, to } }) => {
        const level = this.#levels.get(to) ?? this.#levels.get(from);
        if (level !== undefined) this.#levels.set(to, level);
        this.#levels.delete(from);
        this.#fingerprints.next({ kind: "rename", key: from, to, value: isTrusted({ level: level ?? "draft" }) });
      },
      "lesson.rekeyed": ({ data }) => this.#levelled(data.fingerprint, data.level),
      "lesson.promoted": ({ data }) => this.#levelled(data.fingerprint, data.to),
      "lesson.demoted": ({ data }) => this.#levelled(data.fingerprint, data.to),
    });
  }

  #involve(incidentId: string, runId: string | undefined): void {
    if (runId === undefined) return;
    this.#incidents.change(incidentId, (runs) => (runs.includes(runId) ? runs : [...runs.slice(-99), runId]));
  }

  #levelled(fingerprint: string, level: LessonLevel): void {
    this.#levels.set(fingerprint, level);
    this.#fingerprints.next({ kind: "amend", key: fingerprint, value: isTrusted({ level }) });
  }
}

function saved(window: SlidingWindow<boolean>) {
  const { nowMs, entries } = window.saved();
  return { nowMs: Number.isFinite(nowMs) ? nowMs : null, entries: inGroups(entries) };
}

const entryShape: Shape<readonly [string, number, boolean]> = (value, at) => {
  const [key, atMs, good] = listOf(anything)(value, at);
  return [text(key, at), number(atMs, at), yesNo(good, at)];
};
const windowShape = objectOf({ nowMs: optional(number), entries: groupsOf(entryShape) });
const levelShape: Shape<LessonLevel> = oneOf(...lessonLevel.options);
const isTrue: Shape<true> = (value, at) => yesNo(value, at) as true;

const state = objectOf({
  tasks: windowShape,
  issues: windowShape,
  fingerprints: windowShape,
  incidents: anything,
  answered: anything,
  levels: anything,
});
