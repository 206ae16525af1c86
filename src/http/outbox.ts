export interface OutboxOptions<T> {
  /** Messages that may wait; of those that `keep` names, as many again. */
  readonly capacity: number;
  readonly keep: (message: T) => boolean;
  /** Awaited before the next. */
  readonly send: (message: T) => Promise<void>;
  /** Told, before the next message, how many were lost since it was last told. */
  readonly dropped: (count: number) => Promise<void>;
  readonly failed: () => void;
}

/** A bounded queue to one slow reader: the oldest that need not be kept gives way, and the reader is told. */
export class Outbox<T> {
  readonly #options: OutboxOptions<T>;
  #waiting: T[] = [];
  #lost = 0;
  #busy = false;
  #over = false;

  constructor(options: OutboxOptions<T>) {
    this.#options = options;
  }

  put(message: T): void {
    if (this.#over) return;
    this.#waiting.push(message);
    if (this.#waiting.length > this.#options.capacity) this.#makeRoom();
    if (!this.#busy) void this.#drain();
  }

  #makeRoom(): void {
    const { capacity, keep } = this.#options;
    const oldest = this.#waiting.findIndex((message) => !keep(message));
    if (oldest === -1 && this.#waiting.length <= 2 * capacity) return;
    this.#waiting.splice(Math.max(0, oldest), 1);
    this.#lost++;
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    try {
      for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
        const lost = this.#lost;
        this.#lost = 0;
        if (lost > 0) await this.#options.dropped(lost);
        await this.#options.send(message);
      }
    } catch {
      this.#over = true;
      this.#waiting = [];
      this.#options.failed();
    } finally {
      this.#busy = false;
    }
  }
}
