import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import type { TaskSpec } from "../../events/types/task.ts";
import type { Decision, FailureFacts, FailureReason } from "../../events/vocabulary.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import type { Json } from "../../kernel/json.ts";
import { anything, listOf, objectOf, pairOf, row, text } from "../../kernel/shape.ts";
import { appended, Newest } from "./newest.ts";
import { refill, type View } from "./view.ts";
import { Waiting } from "./waiting.ts";

export type TaskState = "queued" | "running" | "waiting" | "succeeded" | "failed" | "dead" | "cancelled";
export type TaskError = FailureFacts & { readonly reason: FailureReason };

export interface AttemptRow {
  readonly attempt: number;
  readonly agent: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly deadlineAtMs: number;
  readonly configVersion: number;
  readonly probe: boolean;
  readonly lessons: readonly string[];
  readonly state: "running" | "succeeded" | "failed" | "cancelled";
  readonly error?: TaskError;
  readonly durationMs?: number;
  readonly retryAtMs?: number | undefined;
  /** Process ids the scheduler ended itself, and those it could not end. */
  readonly contained?: { readonly ended: readonly number[]; readonly remaining: readonly number[] } | undefined;
}

export interface TaskRow {
  readonly id: string;
  readonly state: TaskState;
  /** The agent it was asked of, or that it was last given to. */
  readonly agent?: string | undefined;
  readonly capability?: string | undefined;
  readonly priority: TaskSpec["priority"];
  readonly input: Json;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly dependsOn: readonly string[];
  readonly attempts: number;
  readonly output?: Json | undefined;
  readonly outputBytes?: number;
  /** Of the last attempt that failed; absent once the task succeeded. */
  readonly error?: TaskError | undefined;
  readonly waitingFor?: string | undefined;
  readonly decision?: Decision;
  readonly submittedBy: string;
  readonly submittedAtMs: number;
  /** When its first attempt began. */
  readonly startedAtMs?: number;
  readonly endedAtMs?: number | undefined;
  /** Of the attempt that ended it, without waiting. */
  readonly durationMs?: number | undefined;
  readonly progress?: { readonly ratio?: number | undefined; readonly message?: string | undefined } | undefined;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd: number };
  readonly cancelRequested: boolean;
  /** Who queued it again after it had ended, newest last. */
  readonly retriedBy: readonly string[];
  /** Its last 20 attempts, oldest first. */
  readonly history: readonly AttemptRow[];
  readonly spec: TaskSpec;
  readonly updatedSequence: number;
  /** Characters of input and output, for the bound on memory. */
  readonly weight: number;
}

export interface TasksSettings {
  /** Ended tasks kept; what has not ended is always kept. */
  readonly capacity: number;
  /** Characters of inputs and outputs kept in all. */
  readonly maxCharacters: number;
}

export const tasksSettings: TasksSettings = { capacity: 10_000, maxCharacters: 32 * 1024 * 1024 };
const ATTEMPTS_KEPT = 20;
const state = objectOf({ rows: anything, dependants: listOf(pairOf(text, listOf(text))) });

/** Every task that is under way, and the newest that have ended. */
export class TasksView implements View {
  readonly name = "tasks";
  readonly version = 1;
  readonly #rows: Newest<TaskRow>;
  readonly #waiting = new Waiting();
  /** Tasks by what they wait for. */
  readonly #dependants = new Map<string, Set<string>>();
  readonly apply: (event: AnyEvent) => void;

  constructor(settings: TasksSettings = tasksSettings) {
    this.#rows = new Newest({
      capacity: settings.capacity,
      maxWeight: settings.maxCharacters,
      weigh: (row) => row.weight,
      holds: (row) => !hasEnded(row),
      countBy: (row) => row.state,
    });
    this.apply = dispatcher({
      "task.submitted": (event) => this.#submitted(event),
      "task.decided": (event) => this.#decided(event),
      "task.started": (event) => this.#started(event),
      "task.progress": ({ data, sequence }) =>
        this.#change(data.taskId, sequence, { progress: { ratio: data.ratio, message: data.message } }),
      "task.usage": (event) => this.#used(event),
      "task.attempt_failed": (event) => this.#attemptFailed(event),
      "task.succeeded": (event) => this.#succeeded(event),
      "task.failed": (event) => this.#failed(event),
      "task.cancel_requested": ({ data, sequence }) => this.#change(data.taskId, sequence, { cancelRequested: true }),
      "task.cancelled": (event) => this.#cancelled(event),
      "task.retried": (event) => this.#retried(event),
    });
  }

  snapshot(): Snapshot {
    return {
      rows: this.#rows.snapshotApart(),
      dependants: [...this.#dependants].map(([id, waiting]) => [id, [...waiting]]),
    };
  }

  restore(value: unknown): void {
    const { rows, dependants } = state(value, this.name);
    this.#rows.restore(rows, row<TaskRow>(), "tasks.rows");
    this.#waiting.forget();
    refill(
      this.#dependants,
      dependants.map(([id, waiting]) => [id, new Set(waiting)]),
    );
  }

  get(id: string): TaskRow | undefined {
    return this.#rows.get(id);
  }

  /** Newest first. */
  list(): readonly TaskRow[] {
    return this.#rows.list();
  }

  /** Ids of the queued tasks that are asked of an agent by name, by that agent; agents and tasks in no order. */
  waiting(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#waiting.byAgent(() => this.#rows.allOf("queued"));
  }

  counts(): Readonly<Record<TaskState, number>> {
    const count = (state: TaskState) => this.#rows.countOf(state);
    return {
      queued: count("queued"),
      running: count("running"),
      waiting: count("waiting"),
      succeeded: count("succeeded"),
      failed: count("failed"),
      dead: count("dead"),
      cancelled: count("cancelled"),
    };
  }

  #submitted({ data: { task }, at, sequence }: EventOf<"task.submitted">): void {
    const row = newRow(task, at, sequence);
    const missing = this.#missing(row);
    for (const id of missing) this.#dependants.set(id, (this.#dependants.get(id) ?? new Set()).add(task.id));
    this.#put({ ...row, ...queuedOrWaiting(missing) });
  }

  #decided({ data: { taskId, decision }, sequence }: EventOf<"task.decided">): void {
    const row = this.#rows.get(taskId);
    if (row === undefined || hasEnded(row) || row.state === "running") return;
    const waits =
      decision.kind === "scheduled"
        ? ({ state: "waiting", waitingFor: decision.reason } as const)
        : {
            ...queuedOrWaiting(this.#missing(row)),
            ...(decision.kind === "deferred" && { waitingFor: decision.reason }),
          };
    this.#change(taskId, sequence, { decision, ...waits });
  }

  #started({ data, at, sequence }: EventOf<"task.started">): void {
    const { taskId, agentId, attempt, deadlineAtMs, configVersion, probe, lessons } = data;
    const begun = { attempt, agent: agentId, startedAtMs: at, deadlineAtMs, configVersion, probe, lessons };
    const row = this.#rows.get(taskId);
    if (row === undefined) return;
    this.#change(taskId, sequence, {
      state: "running",
      agent: agentId,
      attempts: attempt,
      waitingFor: undefined,
      progress: undefined,
      startedAtMs: row.startedAtMs ?? at,
      history: appended(row.history, { ...begun, state: "running" }, ATTEMPTS_KEPT),
    });
  }

  #used({ data: { taskId, usage }, sequence }: EventOf<"task.usage">): void {
    const row = this.#rows.get(taskId);
    if (row === undefined) return;
    const { inputTokens, outputTokens, costUsd } = row.usage;
    this.#change(taskId, sequence, {
      usage: {
        inputTokens: inputTokens + (usage.inputTokens ?? 0),
        outputTokens: outputTokens + (usage.outputTokens ?? 0),
        costUsd: costUsd + (usage.costUsd ?? 0),
      },
    });
  }

  #attemptFailed({ data, at, sequence }: EventOf<"task.attempt_failed">): void {
    const { taskId, attempt, reason, durationMs, retryAtMs, contained } = data;
    const error = { ...data.error, reason };
    const row = this.#rows.get(taskId);
    if (row === undefined) return;
    const ended = { state: "failed", endedAtMs: at, error, durationMs, retryAtMs, contained } as const;
    this.#change(taskId, sequence, {
      error,
      durationMs,
      // Without a retry the task's end follows at once and says its state.
      ...(retryAtMs !== undefined && { state: "waiting", waitingFor: "its next attempt" }),
      history: closed(row.history, attempt, ended),
    });
  }

  #succeeded({ data, at, sequence }: EventOf<"task.succeeded">): void {
    const { taskId, attempt, output, outputBytes, durationMs } = data;
    const row = this.#rows.get(taskId);
    if (row === undefined) return;
    this.#change(taskId, sequence, {
      state: "succeeded",
      output,
      outputBytes,
      durationMs,
      error: undefined,
      waitingFor: undefined,
      endedAtMs: at,
      weight: row.weight + (output === undefined ? 0 : outputBytes),
      history: closed(row.history, attempt, { state: "succeeded", endedAtMs: at, durationMs }),
    });
    this.#releaseDependants(taskId, sequence);
  }

  #failed({ data, at, sequence }: EventOf<"task.failed">): void {
    this.#dependants.delete(data.taskId);
    const error = { ...data.error, reason: data.reason };
    this.#change(data.taskId, sequence, { state: data.state, error, waitingFor: undefined, endedAtMs: at });
  }

  #cancelled({ data: { taskId }, at, sequence }: EventOf<"task.cancelled">): void {
    this.#dependants.delete(taskId);
    const row = this.#rows.get(taskId);
    if (row === undefined) return;
    const last = row.history.at(-1);
    const cut =
      last?.state === "running"
        ? closed(row.history, last.attempt, { state: "cancelled", endedAtMs: at })
        : row.history;
    this.#change(taskId, sequence, { state: "cancelled", waitingFor: undefined, endedAtMs: at, history: cut });
  }

  #retried({ data: { task, attempts, by }, at, sequence }: EventOf<"task.retried">): void {
    // Its end may be so long ago that it was forgotten.
    const row = this.#rows.get(task.id) ?? newRow(task, at, sequence);
    this.#put({
      ...row,
      state: "queued",
      attempts,
      endedAtMs: undefined,
      cancelRequested: false,
      retriedBy: appended(row.retriedBy, by, ATTEMPTS_KEPT),
      updatedSequence: sequence,
    });
  }

  #releaseDependants(taskId: string, sequence: number): void {
    const dependants = this.#dependants.get(taskId);
    this.#dependants.delete(taskId);
    for (const id of dependants ?? []) {
      const row = this.#rows.get(id);
      if (row?.state === "waiting" && row.attempts === 0)
        this.#change(id, sequence, queuedOrWaiting(this.#missing(row)));
    }
  }

  #missing(row: TaskRow): readonly string[] {
    return row.dependsOn.filter((id) => this.#rows.get(id)?.state !== "succeeded");
  }

  #change(id: string, sequence: number, change: Partial<TaskRow>): void {
    const row = this.#rows.get(id);
    if (row !== undefined) this.#put({ ...row, ...change, updatedSequence: sequence });
  }

  #put(row: TaskRow): void {
    this.#rows.set(row.id, row);
    this.#waiting.note(row);
  }
}

export function hasEnded({ state }: Pick<TaskRow, "state">): boolean {
  return state === "succeeded" || state === "failed" || state === "dead" || state === "cancelled";
}

function newRow(task: TaskSpec, atMs: number, sequence: number): TaskRow {
  return {
    id: task.id,
    state: "queued",
    agent: task.agentId,
    capability: task.capability,
    priority: task.priority,
    input: task.input,
    timeoutMs: task.timeoutMs,
    retries: task.retries,
    dependsOn: task.dependsOn,
    attempts: 0,
    submittedBy: task.submittedBy,
    submittedAtMs: atMs,
    usage: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
    cancelRequested: false,
    retriedBy: [],
    history: [],
    spec: task,
    updatedSequence: sequence,
    weight: JSON.stringify(task.input).length,
  };
}

function queuedOrWaiting(missing: readonly string[]): Pick<TaskRow, "state" | "waitingFor"> {
  if (missing.length === 0) return { state: "queued", waitingFor: undefined };
  return { state: "waiting", waitingFor: `the end of ${missing.join(", ")}` };
}

function closed(history: readonly AttemptRow[], attempt: number, end: Partial<AttemptRow>): readonly AttemptRow[] {
  return history.map((row) => (row.attempt === attempt && row.state === "running" ? { ...row, ...end } : row));
}
