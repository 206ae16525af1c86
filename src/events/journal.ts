import type { AnyEvent, Unsequenced } from "./envelope.ts";

/** Version of the journal's lines; a journal begins with `journal.opened {format}`. */
export const JOURNAL_FORMAT = 1;

/**
 * The write-ahead journal.
 *
 * Invariants:
 *  1. `append` resolves only once the event survives a power cut; a rejected append left no trace.
 *  2. Sequences begin at 1 and have no gaps; the order of `append` calls is the order of sequences.
 *  3. The commit listener sees every event exactly once, in order, after it is durable and before its `append` resolves.
 *  4. Bytes once written are never rewritten.
 */
export interface Journal {
  append(event: Unsequenced): Promise<AnyEvent>;
  /** Events with `sequence > after` that were durable when reading began, in order. Never blocks writing. */
  read(options?: { readonly after?: number; readonly until?: number }): AsyncIterable<AnyEvent>;
  /** The last durable sequence; 0 when the journal is empty. */
  readonly lastSequence: number;
  /** Sets the one listener for commits. */
  onCommit(listener: (events: readonly AnyEvent[]) => void): void;
  /** Writes what is waiting, then closes. Later appends reject with `engine.stopping`. */
  close(): Promise<void>;
}
