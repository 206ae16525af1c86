import { AiosError } from "../kernel/errors.ts";
import { type AnyEvent, sequenced, type Unsequenced } from "./envelope.ts";
import { appended, type Journal, type JournalPosition, type Sender } from "./journal.ts";

/** A journal in memory: for tests and sandboxes. It is as durable as the process. */
export class VolatileJournal implements Journal {
  readonly #events: AnyEvent[] = [];
  #listener: (events: readonly AnyEvent[]) => void = () => {};
  #closed = false;

  get lastSequence(): number {
    return this.#events.length;
  }

  readonly firstSequence = 1;

  /** Nothing is sealed in memory: the last event's id stands for all before it. */
  position(): JournalPosition {
    return { sequence: this.#events.length, seal: this.#events.at(-1)?.id ?? "" };
  }

  /** Memory gives nothing up. */
  retain(): void {}

  onCommit(listener: (events: readonly AnyEvent[]) => void): void {
    this.#listener = listener;
  }

  append(event: Unsequenced): Promise<AnyEvent> {
    return appended(this, event);
  }

  send(event: Unsequenced, sender: Sender): void {
    if (this.#closed) {
      queueMicrotask(() => sender.refused(new AiosError("engine.stopping", "the journal is closed")));
      return;
    }
    const placed = sequenced(event, this.#events.length + 1);
    this.#events.push(placed);
    queueMicrotask(() => {
      this.#listener([placed]);
      sender.written(placed);
    });
  }

  async *read(options: { readonly after?: number; readonly until?: number } = {}): AsyncIterable<AnyEvent> {
    const until = Math.min(options.until ?? this.#events.length, this.#events.length);
    for (let index = options.after ?? 0; index < until; index++) {
      const event = this.#events[index];
      if (event !== undefined) yield event;
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}
