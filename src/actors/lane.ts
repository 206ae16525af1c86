/** Lets so many through at once; the others wait in the order in which they came. */
export class Lane {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves with what to call afterwards, or at once with nothing to do when the signal aborts. */
  enter(signal: AbortSignal): Promise<() => void> {
    if (this.#inside < this.#most) {
      this.#inside++;
      return Promise.resolve(() => this.#leave());
    }
    if (signal.aborted) return Promise.resolve(() => undefined);
    return new Promise((resolve) => {
      const go = () => {
        signal.removeEventListener("abort", giveUp);
        resolve(() => this.#leave());
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        resolve(() => undefined);
      };
      this.#waiting.push(go);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inside--;
    else next();
  }
}
