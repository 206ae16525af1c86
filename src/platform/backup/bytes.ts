import { AiosError } from "../../kernel/errors.ts";

/** Chunks of any length, read as so many bytes at a time. Ending early rejects with `backup.invalid`. */
export class Bytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async exactly(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.next(length)) parts.push(part);
    return Buffer.concat(parts);
  }

  /** The next `length` bytes as they come. */
  async *next(length: number): AsyncGenerator<Uint8Array, void, void> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) this.#rest = await this.#more();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** Everything that is left. */
  async *remaining(): AsyncGenerator<Uint8Array, void, void> {
    yield this.#rest;
    for (let next = await this.#chunks.next(); next.done !== true; next = await this.#chunks.next()) yield next.value;
  }

  async #more(): Promise<Uint8Array> {
    const taken = await this.#chunks.next();
    if (taken.done === true) throw new AiosError("backup.invalid", "it ends too early: it was cut short");
    return taken.value;
  }
}
