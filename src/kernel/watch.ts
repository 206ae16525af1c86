/**
 * Told what the engine's one thread works on, so that somebody outside it can still say what that was when the thread
 * does nothing else any more. Called for every step of every actor: implementations must be quick and must not throw.
 */
export interface Watch {
  /** The thread begins to work for `actor`: with the event of that sequence, or, with 0, with what `what` names. */
  entering(actor: string, sequence: number, what: string): void;
  leaving(): void;
  /** Code of the program around the engine is under way and may come back to the thread at any time, until the answer is called. */
  begun(actor: string, what: string): () => void;
}

/** The thread did nothing else for a while. */
export interface Stall {
  readonly atMs: number;
  /** Who it worked for; `unknown` when that was nobody the engine knows of. */
  readonly actor: string;
  /** Sequence of the event; 0 when it was none. */
  readonly sequence: number;
  /** Type of the event, or for example `task/ID`. */
  readonly what: string;
  readonly blockedMs: number;
  /** Whether the process was ended because of it. */
  readonly ended: boolean;
}

/** What a stall is remembered by: the same actor at the same event, or at the same work. */
export function stallKey({ actor, sequence, what }: Pick<Stall, "actor" | "sequence" | "what">): string {
  return sequence > 0 ? `${actor} event/${sequence}` : `${actor} ${what}`;
}
