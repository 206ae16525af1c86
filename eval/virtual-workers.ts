import { type BackoffSettings, backoffMs } from "../src/resilience/backoff.ts";

/** A task of a trace. */
export interface TraceTask {
  readonly id: string;
  /** When it comes, and how long an attempt runs, in milliseconds. */
  readonly at: number;
  readonly run: number;
  readonly prio: 0 | 1 | 2 | 3;
  /** Its first attempt fails. */
  readonly fail: boolean;
}

/** A task that waits for a worker. */
export interface Queued {
  readonly task: TraceTask;
  readonly sinceMs: number;
}

/** Which task goes next. */
export interface Policy {
  /** The queue has grown. */
  queued?(queue: readonly Queued[], nowMs: number): void;
  /** An attempt has ended. */
  ran?(task: TraceTask): void;
  /** Picks one of a queue that is not empty. */
  pick(queue: readonly Queued[], nowMs: number): { readonly id: string; readonly reason: string };
}

export interface TaskRun {
  readonly id: string;
  readonly prio: TraceTask["prio"];
  /** From its coming to the begin of its first attempt. */
  readonly waitMs: number;
  /** All attempts together. */
  readonly runMs: number;
  readonly attempts: number;
  /** Between the end of an attempt and the time from which the next might begin. */
  readonly gapsMs: readonly number[];
  /** Why it was picked the first time. */
  readonly reason: string;
}

export interface WorkersSettings {
  readonly workers: number;
  readonly backoff: BackoffSettings;
  readonly random: () => number;
}

interface Progress {
  waitMs: number;
  runMs: number;
  attempts: number;
  readonly gapsMs: number[];
  reason: string;
}

/** Lets workers go through a trace on a clock of its own. A retry that waits holds no worker. Gives the runs in order of the trace. */
export function runTrace(trace: readonly TraceTask[], policy: Policy, settings: WorkersSettings): readonly TaskRun[] {
  const coming = new Agenda(trace.map((task) => ({ atMs: task.at, task })));
  const running = new Agenda<TraceTask>([]);
  const progress = new Map<string, Progress>();
  let queue: Queued[] = [];
  for (let now = coming.next; now < Number.POSITIVE_INFINITY; now = Math.min(coming.next, running.next)) {
    for (const task of running.due(now)) {
      policy.ran?.(task);
      const gapMs = endAttempt(progressOf(progress, task), task, settings);
      if (gapMs !== undefined) coming.add(now + gapMs, task);
    }
    for (const task of coming.due(now)) {
      queue.push({ task, sinceMs: now });
      policy.queued?.(queue, now);
    }
    while (queue.length > 0 && running.size < settings.workers) {
      const { id, reason } = policy.pick(queue, now);
      const picked = queue.find(({ task }) => task.id === id);
      if (picked === undefined) throw new Error(`${id} was picked and does not wait`);
      queue = queue.filter((each) => each !== picked);
      beginAttempt(progressOf(progress, picked.task), picked, now, reason);
      running.add(now + picked.task.run, picked.task);
    }
  }
  return trace.map((task) => ({ id: task.id, prio: task.prio, ...progressOf(progress, task) }));
}

function progressOf(progress: Map<string, Progress>, { id }: TraceTask): Progress {
  const known = progress.get(id);
  if (known !== undefined) return known;
  const fresh = { waitMs: 0, runMs: 0, attempts: 0, gapsMs: [], reason: "" };
  progress.set(id, fresh);
  return fresh;
}

function beginAttempt(progress: Progress, { task, sinceMs }: Queued, nowMs: number, reason: string): void {
  if (progress.attempts === 0) {
    progress.waitMs = nowMs - sinceMs;
    progress.reason = reason;
  }
  progress.attempts++;
  progress.runMs += task.run;
}

/** The wait before the next attempt, where there is one. */
function endAttempt(progress: Progress, task: TraceTask, settings: WorkersSettings): number | undefined {
  if (!task.fail || progress.attempts > 1) return undefined;
  const gapMs = backoffMs(progress.attempts, settings.backoff, settings.random());
  progress.gapsMs.push(gapMs);
  return gapMs;
}

/** What happens at which time. */
class Agenda<T> {
  readonly #entries: { readonly atMs: number; readonly task: T }[];

  constructor(entries: readonly { readonly atMs: number; readonly task: T }[]) {
    this.#entries = [...entries].sort((a, b) => a.atMs - b.atMs);
  }

  get size(): number {
    return this.#entries.length;
  }

  get next(): number {
    return this.#entries[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, task: T): void {
    const later = this.#entries.findIndex((entry) => entry.atMs > atMs);
    this.#entries.splice(later === -1 ? this.#entries.length : later, 0, { atMs, task });
  }

  due(nowMs: number): readonly T[] {
    const later = this.#entries.findIndex((entry) => entry.atMs > nowMs);
    return this.#entries.splice(0, later === -1 ? this.#entries.length : later).map(({ task }) => task);
  }
}
