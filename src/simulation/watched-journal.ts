import type { EventType } from "../events/catalog.ts";
import { type AnyEvent, sequenced, type Unsequenced } from "../events/envelope.ts";
import { appended, type Journal, type JournalPosition, type Sender } from "../events/journal.ts";

/** A journal that says whether it has work under way, and that may lose every event of one type before it is written. */
export class WatchedJournal implements Journal {
  readonly #journal: Journal;
  readonly #without: EventType | undefined;
  #underWay = 0;
  #lost = 0;

  constructor(journal: Journal, without?: EventType) {
    this.#journal = journal;
    this.#without = without;
  }

  /** Whether an event was handed in whose publisher was not answered yet. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Events that were left out. */
  get lost(): number {
    return this.#lost;
  }

  get lastSequence(): number {
    return this.#journal.lastSequence;
  }

  get firstSequence(): number {
    return this.#journal.firstSequence;
  }

  position(): JournalPosition {
    return this.#journal.position();
  }

  retain(need: { readonly before: number }): void {
    this.#journal.retain(need);
  }

  append(event: Unsequenced): Promise<AnyEvent> {
    return appended(this, event);
  }

  send(event: Unsequenced, sender: Sender): void {
    if (event.type === this.#without) {
      this.#lost++;
      // The publisher cannot tell; nobody else ever hears of it.
      queueMicrotask(() => sender.written(sequenced(event, this.#journal.lastSequence)));
      return;
    }
    this.#underWay++;
    this.#journal.send(event, {
      written: (placed) => {
        this.#underWay--;
        sender.written(placed);
      },
      refused: (failure) => {
        this.#underWay--;
        sender.refused(failure);
      },
    });
  }

  read(range?: { readonly after?: number; readonly until?: number }): AsyncIterable<AnyEvent> {
    return this.#journal.read(range);
  }

  onCommit(listener: (events: readonly AnyEvent[]) => void): void {
    this.#journal.onCommit(listener);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}
