interface Mark {
  readonly sequence: number;
  /** The youngest event before it. */
  readonly beforeMs: number;
}

/** Marks lie at least so far apart. */
const APART_MS = 1_000;

/**
 * Where in the journal the newest stretch of time begins, so that a start reads no more of it than it has to: what comes
 * before may be a compressed file, which can be read from its beginning alone.
 */
export class RecentPast {
  readonly #windowMs: number;
  #marks: Mark[] = [];
  #markedMs = Number.NEGATIVE_INFINITY;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** @param windowMs the stretch that will be asked for, back from the newest event or a later time */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /**
   * What a checkpoint says: all that comes before `sequence` was older than the window when it was taken. What was noted
   * before this is called came after the checkpoint.
   */
  takeUp(sequence: number, takenAtMs: number): void {
    const since = this.#marks.map((mark) => ({ ...mark, beforeMs: Math.max(mark.beforeMs, takenAtMs) }));
    this.#marks = [{ sequence, beforeMs: takenAtMs - this.#windowMs - 1 }, ...since];
    this.#newestMs = Math.max(this.#newestMs, takenAtMs);
  }

  note({ sequence, at }: { readonly sequence: number; readonly at: number }): void {
    if (at - this.#markedMs >= APART_MS) {
      this.#marks.push({ sequence, beforeMs: this.#newestMs });
      this.#markedMs = at;
      const needed = this.#lastBefore(at - this.#windowMs);
      if (needed > 0) this.#marks.splice(0, needed);
    }
    // A clock that was set back makes events look younger than they are, never older.
    this.#newestMs = Math.max(this.#newestMs, at);
  }

  /** The first sequence at which an event may be as young as this; 1 where that is not known. */
  beginOf(sinceMs: number): number {
    return this.#marks[this.#lastBefore(sinceMs)]?.sequence ?? 1;
  }

  /** The last mark before which all is older, or -1. */
  #lastBefore(sinceMs: number): number {
    return this.#marks.findLastIndex(({ beforeMs }) => beforeMs < sinceMs);
  }
}
