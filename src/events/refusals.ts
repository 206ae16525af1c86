interface Refused {
  readonly failure: Error;
  readonly told: Promise<never>;
  readonly tell: () => void;
}

/**
 * Promises that are rejected once their callers had the time to listen: a promise that is rejected before is noted by the
 * process as one that nobody listens to, and then as one that somebody does, which costs more than refusing. Who is refused
 * for the same in the same turn has the same promise.
 */
export class Refusals {
  #waiting: Refused[] = [];

  /** Never resolves; rejects with the failure after the caller's turn. */
  reject(failure: Error): Promise<never> {
    const last = this.#waiting.at(-1);
    if (last?.failure === failure) return last.told;
    let tell = () => {};
    const told = new Promise<never>((_, reject) => {
      tell = () => reject(failure);
    });
    if (this.#waiting.push({ failure, told, tell }) === 1) queueMicrotask(() => this.#tell());
    return told;
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { tell } of waiting) tell();
  }
}
