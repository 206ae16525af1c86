import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import type { TaskSpec } from "../../events/types/task.ts";
import type { FailureFacts, FailureReason } from "../../events/vocabulary.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { anything, groupsOf, objectOf, pairOf, row, text } from "../../kernel/shape.ts";
import { Newest } from "./newest.ts";
import { refill, type View } from "./view.ts";

/** What could not be brought to an end, and nobody waits for any more. */
export type DeadLetterRow = TaskLetter | MailLetter;

/** Events that found no room on their way to the journal, by whose they were and why; they were never written. */
export interface MailLetter {
  readonly kind: "mail";
  readonly id: string;
  readonly addressee: string;
  readonly agent?: string | undefined;
  /** The failure they met. */
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** How many of each type. */
  readonly types: Readonly<Record<string, number>>;
  /** When the newest of them were told. */
  readonly atMs: number;
  readonly weight: number;
}

/** A task that spent its retries; its id is the task's. */
export interface TaskLetter {
  readonly kind: "task";
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

const first = objectOf({ rows: row<{ readonly values: unknown }>(), specs: anything });
const firstValues = groupsOf(pairOf(text, row<Omit<TaskLetter, "kind">>()));

/** In the first version every letter was a task's. */
function withKinds(older: unknown): unknown {
  const { rows, specs } = first(older, "dead-letters");
  const values = firstValues(rows.values, "dead-letters.rows.values");
  return { rows: { ...rows, values: [values.map(([id, letter]) => [id, { kind: "task", ...letter }])] }, specs };
}

export class DeadLettersView implements View {
  readonly name = "dead-letters";
  readonly version = 2;
  readonly upgrades = { 1: withKinds };
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
          kind: "task",
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
        this.#rows.change(data.taskId, (row) =>
          row.kind === "task" ? { ...row, replayed: true, replayedBy: data.by } : row,
        );
      },
      "mailbox.overflowed": (event) => this.#overflowed(event),
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

  /** Tasks that nobody queued again, newest first. */
  waiting(): readonly TaskLetter[] {
    return this.list().filter((row) => row.kind === "task" && !row.replayed) as readonly TaskLetter[];
  }

  #overflowed({ data, at }: EventOf<"mailbox.overflowed">): void {
    const { addressee, cause } = data;
    const id = `mail-${cause}-${addressee.replace(/[^A-Za-z0-9._-]+/g, ".")}`;
    const known = this.#rows.get(id);
    const before = known?.kind === "mail" ? known : undefined;
    const types = { ...before?.types };
    for (const [type, count] of Object.entries(data.types)) types[type] = (types[type] ?? 0) + count;
    const count = (before?.count ?? 0) + data.count;
    const agent = /^agent\/(.+)$/.exec(addressee)?.[1];
    const message = `${count} events of ${addressee} found no room on their way to the journal`;
    this.#rows.delete(id);
    this.#rows.set(id, {
      kind: "mail",
      id,
      addressee,
      agent,
      reason: cause,
      message,
      count,
      types,
      atMs: at,
      weight: 0,
    });
  }
}
