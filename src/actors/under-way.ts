/** Work that was begun and must have ended before the host has. */
export class UnderWay {
  readonly #works = new Set<Promise<void>>();

  track(work: Promise<void>): void {
    this.#works.add(work);
    void work.finally(() => this.#works.delete(work));
  }

  /** Resolves when nothing is under way, including what was begun meanwhile. */
  async ended(): Promise<void> {
    while (this.#works.size > 0) await Promise.all(this.#works);
  }
}
