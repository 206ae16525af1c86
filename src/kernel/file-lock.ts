/**
 * Exclusion between processes of one machine (and within one), by a file.
 *
 * Invariants: at most one holder at a time; a holder that died, or the machine that restarted, loses the lock without
 * anybody's help; nobody living ever does.
 */
export interface FileLocks {
  /**
   * Waits for the lock at `path`, whose directory exists. Rejects with `data.locked`, naming the holder, when it was not
   * free within `waitMs`; 0 tries once.
   */
  acquire(path: string, options: { readonly waitMs: number }): Promise<FileLock>;
}

export interface FileLock {
  /** Gives the lock back. Calling it twice does nothing. */
  release(): Promise<void>;
}
