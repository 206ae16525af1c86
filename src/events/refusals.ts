interface Refused {
  readonly reject: (failure: unknown) => void;
  readonly failure: Error;
}

/**
 * Promises that are rejected once their callers had the time to listen: a promise that is rejected before is noted by the
 * process as one that nobody listens to, and then as one that somebody does, which costs more than refusing.
 */
export class Refusals {
  #waiting: Refused[] = [];

  /** Never resolves; rejects with the failure after the caller's turn. */
  reject(failure: Error): Promise<never> {
    return new Promise((_, reject) => {
      if (this.#waiting.push({ reject, failure }) === 1) queueMicrotask(() => this.#tell());
    });
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject, failure } of waiting) reject(failure);
  }
}
