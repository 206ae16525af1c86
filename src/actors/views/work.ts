import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { anything, groupsOf, number, objectOf, oneOf, text } from "../../kernel/shape.ts";
import { Newest } from "./newest.ts";
import type { View } from "./view.ts";

/** Where accepted work stands. `accepted` is the sum of the others, always: nothing is lost, and this is where it shows. */
export interface WorkTerms {
  readonly accepted: number;
  /** Came to an end: succeeded, failed for good or cancelled; of runs, settled. */
  readonly done: number;
  /** Remedies that were called for and that a limit kept from beginning. */
  readonly suppressed: number;
  /** Gave up with a dead letter. */
  readonly deadLettered: number;
  /** Queued, waiting or under way. */
  readonly pending: number;
}

export type WorkKind = "task" | "run" | "report";

type End = "done" | "suppressed" | "deadLettered";

/** Ends are remembered for as many as the tasks' own read model remembers ended ones. */
const ENDS_KEPT = 10_000;

const bookState = objectOf({
  pending: groupsOf(text),
  ended: anything,
  terms: objectOf({ done: number, suppressed: number, deadLettered: number }),
});

/** What became of the work of one kind. One by one only what is pending is kept, and the newest that ended. */
class Book {
  readonly #pending = new Set<string>();
  readonly #ended = new Newest<End>({ capacity: ENDS_KEPT });
  #terms: Readonly<Record<End, number>> = { done: 0, suppressed: 0, deadLettered: 0 };

  get terms(): WorkTerms {
    const { done, suppressed, deadLettered } = this.#terms;
    const pending = this.#pending.size;
    return { accepted: done + suppressed + deadLettered + pending, done, suppressed, deadLettered, pending };
  }

  /** It is under way, for the first time or again. */
  begin(id: string): void {
    this.#forget(id);
    this.#pending.add(id);
  }

  /** What is known ended; of several ends the last one counts. */
  end(id: string, end: End): void {
    if (this.#pending.has(id) || this.#ended.get(id) !== undefined) this.settle(id, end);
  }

  /** It ended, also where it never began. */
  settle(id: string, end: End): void {
    this.#forget(id);
    this.#pending.delete(id);
    this.#ended.set(id, end);
    this.add(end, 1);
  }

  /** So many that have no name ended so. */
  add(end: End, count: number): void {
    this.#terms = { ...this.#terms, [end]: this.#terms[end] + count };
  }

  snapshot(): Snapshot {
    return { pending: inGroups([...this.#pending]), ended: this.#ended.snapshot(), terms: this.#terms };
  }

  restore(value: unknown, at: string): void {
    const { pending, ended, terms } = bookState(value, at);
    this.#pending.clear();
    for (const id of pending) this.#pending.add(id);
    this.#ended.restore(ended, oneOf("done", "suppressed", "deadLettered"), `${at}.ended`);
    this.#terms = terms;
  }

  #forget(id: string): void {
    const before = this.#ended.get(id);
    if (before === undefined) return;
    this.#ended.delete(id);
    this.add(before, -1);
  }
}

const state = objectOf({ task: anything, run: anything, report: anything });

/** Where everything that was ever accepted stands, over all starts: the sum that shows whether something was lost. */
export class WorkView implements View {
  readonly name = "work";
  readonly version = 1;
  readonly #books: Readonly<Record<WorkKind, Book>> = { task: new Book(), run: new Book(), report: new Book() };
  readonly apply: (event: AnyEvent) => void;

  constructor() {
    const { task, run, report } = this.#books;
    const reported = () => report.add("done", 1);
    this.apply = dispatcher({
      "task.submitted": ({ data }) => task.begin(data.task.id),
      "task.retried": ({ data }) => task.begin(data.taskId),
      "task.succeeded": ({ data }) => task.end(data.taskId, "done"),
      "task.cancelled": ({ data }) => task.end(data.taskId, "done"),
      "task.failed": ({ data }) => task.end(data.taskId, data.state === "dead" ? "deadLettered" : "done"),
      "playbook.matched": ({ data }) => run.begin(data.runId),
      "playbook.settled": ({ data }) => run.settle(data.runId, "done"),
      "playbook.suppressed": ({ data }) => run.settle(data.runId, "suppressed"),
      "task.progress": reported,
      "task.usage": reported,
      "task.log": reported,
      "agent.heartbeat": reported,
      "mailbox.overflowed": ({ data }) => report.add("deadLettered", data.count),
    });
  }

  terms(): Readonly<Record<WorkKind, WorkTerms>> {
    const { task, run, report } = this.#books;
    return { task: task.terms, run: run.terms, report: report.terms };
  }

  snapshot(): Snapshot {
    const { task, run, report } = this.#books;
    return { task: task.snapshot(), run: run.snapshot(), report: report.snapshot() };
  }

  restore(value: unknown): void {
    const books = state(value, this.name);
    for (const kind of ["task", "run", "report"] as const)
      this.#books[kind].restore(books[kind], `${this.name}.${kind}`);
  }
}
