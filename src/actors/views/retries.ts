import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { listOf, number, objectOf } from "../../kernel/shape.ts";
import type { View } from "./view.ts";

export interface TriedAgain {
  /** Tasks that arrived. */
  readonly tasks: number;
  /** Further attempts of tasks, by their own policy or for a remedy. */
  readonly retries: number;
  /** Those of them that a remedy asked for. */
  readonly forRemedies: number;
}

interface Minute extends TriedAgain {
  /** Minutes since 1970. */
  readonly minute: number;
}

const MINUTE_MS = 60_000;
const MINUTES_KEPT = 60;

const nothing: TriedAgain = { tasks: 0, retries: 0, forRemedies: 0 };

const state = objectOf({
  minutes: listOf(objectOf<Minute>({ minute: number, tasks: number, retries: number, forRemedies: number })),
});

/** Tasks that arrived and what was tried again, minute by minute for the last sixty. */
export class RetriesView implements View {
  readonly name = "retries";
  readonly version = 1;
  /** Oldest first; minutes in which nothing happened are left out. */
  #minutes: readonly Minute[] = [];
  readonly apply: (event: AnyEvent) => void;

  constructor() {
    this.apply = dispatcher({
      "task.submitted": ({ at }) => this.#count(at, { ...nothing, tasks: 1 }),
      // What the end of an engine cut off did not fail.
      "task.attempt_failed": ({ at, data: { retryAtMs, reason } }) => {
        if (retryAtMs !== undefined && reason !== "interrupted") this.#count(at, { ...nothing, retries: 1 });
      },
      // A person who asks again knows what for.
      "task.retried": ({ at, data: { by } }) => {
        if (by === "reactor") this.#count(at, { ...nothing, retries: 1, forRemedies: 1 });
      },
    });
  }

  /** In the sixty minutes that end with the one of `atMs`. */
  lastHour(atMs: number): TriedAgain {
    const after = minuteOf(atMs) - MINUTES_KEPT;
    return this.#minutes.filter(({ minute }) => minute > after).reduce(sumOf, nothing);
  }

  snapshot(): Snapshot {
    return { minutes: this.#minutes };
  }

  restore(value: unknown): void {
    this.#minutes = state(value, this.name).minutes;
  }

  #count(atMs: number, more: TriedAgain): void {
    const minute = minuteOf(atMs);
    const last = this.#minutes.at(-1);
    // A clock that was set back counts on in the newest minute there is.
    if (last !== undefined && minute <= last.minute) {
      this.#minutes = [...this.#minutes.slice(0, -1), { ...sumOf(last, more), minute: last.minute }];
      return;
    }
    const kept = this.#minutes.filter((one) => one.minute > minute - MINUTES_KEPT);
    this.#minutes = [...kept, { ...more, minute }];
  }
}

function sumOf(one: TriedAgain, other: TriedAgain): TriedAgain {
  return {
    tasks: one.tasks + other.tasks,
    retries: one.retries + other.retries,
    forRemedies: one.forRemedies + other.forRemedies,
  };
}

function minuteOf(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS);
}
