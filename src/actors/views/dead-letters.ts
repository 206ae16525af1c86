import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { TaskSpec } from "../../events/types/task.ts";
import type { FailureFacts, FailureReason } from "../../events/vocabulary.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { anything, groupsOf, objectOf, row } from "../../kernel/shape.ts";
import { Newest } from "./newest.ts";
import { refill, type View } from "./view.ts";

/** A task that spent its retries; its id is the task's. */
export interface DeadLetterRow {
  readonly id: string;
  readonly task: string;
  readonly agent?: string | undefined;
  readonly reason: FailureReason;
  readonly message: string;
  readonly error: FailureFacts;
  readonly attempts: number;
  readonly atMs: number;
  /** Queued again since; dying again makes it a new letter. */
  readonly replayed: boolean;
  readonly replayedBy?: string;
  /** What was asked for; absent when that was before what this engine remembers. */
  readonly spec?: TaskSpec | undefined;
  /** Characters of its input, for the bound on memory. */
  readonly weight: number;
}

const MAX_CHARACTERS = 16 * 1024 * 1024;

const state = objectOf({ rows: anything, specs: groupsOf(row<TaskSpec>()) });

export class DeadLettersView implements View {
  readonly name = "dead-letters";
  readonly version = 1;
  readonly #rows: Newest<DeadLetterRow>;
  readonly #specs = new Map<string, TaskSpec>();
  readonly apply: (event: AnyEvent) => void;

  constructor(capacity = 2_000) {
    this.#rows = new Newest({ capacity, weigh: ({ weight }) => weight, maxWeight: MAX_CHARACTERS });
    this.apply = dispatcher({
      "task.submitted": ({ data: { task } }) => this.#specs.set(task.id, task),
      "task.succeeded": ({ data }) => this.#specs.delete(data.taskId),
      "task.cancelled": ({ data }) => this.#specs.delete(data.taskId),
      "task.failed": ({ data, at }) => {
        const spec = this.#specs.get(data.taskId);
        this.#specs.delete(data.taskId);
        if (data.state !== "dead") return;
        this.#rows.delete(data.taskId);
        this.#rows.set(data.taskId, {
          id: data.taskId,
          task: data.taskId,
          agent: data.agentId,
          reason: data.reason,
          message: data.error.message,
          error: data.error,
          attempts: data.attempts,
          atMs: at,
          replayed: false,
          spec,
          weight: spec === undefined ? 0 : JSON.stringify(spec.input).length,
        });
      },
      "task.retried": ({ data }) => {
        this.#specs.set(data.taskId, data.task);
        this.#rows.change(data.taskId, (row) => ({ ...row, replayed: true, replayedBy: data.by }));
      },
    });
  }

  snapshot(): Snapshot {
    return { rows: this.#rows.snapshot(), specs: inGroups([...this.#specs.values()]) };
  }

  restore(value: unknown): void {
    const { rows, specs } = state(value, this.name);
    this.#rows.restore(rows, row<DeadLetterRow>(), "dead-letters.rows");
    refill(
      this.#specs,
      specs.map((spec) => [spec.id, spec]),
    );
  }

  get(id: string): DeadLetterRow | undefined {
    return this.#rows.get(id);
  }

  /** Newest first. */
  list(): readonly DeadLetterRow[] {
    return this.#rows.list();
  }

  /** Those that nobody queued again, newest first. */
  waiting(): readonly DeadLetterRow[] {
    return this.list().filter(({ replayed }) => !replayed);
  }
}
