import type { AnyEvent, Unsequenced } from "./envelope.ts";

/**
 * Version of the journal's files; each begins with it, in `journal.opened` or `journal.continued`. The first was one file
 * alone; the second has segments, and its groups end in a mark.
 */
export const JOURNAL_FORMAT = 2;

/** A place in a journal's history: no other history has this seal at this sequence. `seal` is opaque to everybody else. */
export interface JournalPosition {
  readonly sequence: number;
  readonly seal: string;
}

/** Whoever hands events in. It is told once what became of each. */
export interface Sender {
  /** The event is durable, and the commit listener has seen it. */
  written(event: AnyEvent): void;
  /** It left no trace. */
  refused(failure: unknown): void;
}

/**
 * The write-ahead journal.
 *
 * Invariants:
 *  1. `append` resolves only once the event survives a power cut; a rejected append left no trace.
 *  2. Sequences begin at 1 and have no gaps; the order of `append` calls is the order of sequences. A rejected append takes
 *     those along that wait behind it, so that all can be tried again in their order.
 *  3. The commit listener sees every event exactly once, in order, after it is durable and before its `append` resolves.
 *  4. Bytes once written are never rewritten.
 *  5. No event is given up before `retain` said that nothing needs it any more.
 */
export interface Journal {
  append(event: Unsequenced): Promise<AnyEvent>;
  /**
   * As `append`, for many events: a promise for each costs as much as a tenth of writing it. The sender is told in the
   * order of sequences, never before this returns, and must not throw.
   */
  send(event: Unsequenced, sender: Sender): void;
  /** Events with `sequence > after` that were durable when reading began, in order. Never blocks writing. */
  read(options?: { readonly after?: number; readonly until?: number }): AsyncIterable<AnyEvent>;
  /** The last durable sequence; 0 when the journal is empty. */
  readonly lastSequence: number;
  /** The oldest event that is still held; 1 unless older ones were given up. */
  readonly firstSequence: number;
  /** Where the journal stands: the last durable event. */
  position(): JournalPosition;
  /**
   * Says that nobody will need the events before this sequence any more, because checkpoints hold what follows from
   * them. The journal gives them up when its own retention wants to, never earlier; a smaller number takes nothing back.
   */
  retain(need: { readonly before: number }): void;
  /** Sets the one listener for commits. */
  onCommit(listener: (events: readonly AnyEvent[]) => void): void;
  /** Writes what is waiting, then closes. Later appends reject with `engine.stopping`. */
  close(): Promise<void>;
}

/** `append` in terms of `send`, alike for every journal. */
export function appended(journal: Pick<Journal, "send">, event: Unsequenced): Promise<AnyEvent> {
  return new Promise((written, refused) => journal.send(event, { written, refused }));
}
