const encoder = new TextEncoder();

/** A stream of bytes in memory, read by one reader. */
export class Pipe implements AsyncIterable<Uint8Array> {
  #chunks: Uint8Array[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  write(text: string): void {
    if (this.#closed) return;
    this.#chunks.push(encoder.encode(text));
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (;;) {
      const chunks = this.#chunks;
      this.#chunks = [];
      yield* chunks;
      if (this.#chunks.length > 0) continue;
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
