const FIRST_BYTES = 64 * 1024;
/** What a large group needed is not held on to. */
const KEPT_BYTES = 1024 * 1024;
/** A UTF-16 unit is three bytes of UTF-8 at most. */
const BYTES_PER_UNIT = 3;

/** Lines as bytes, one after the other, in memory that the next group uses again: making it anew costs as much as filling it. */
export class LineBytes {
  #room = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  /** What was added since it was cleared; valid until it is cleared again. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#room.length > KEPT_BYTES) this.#room = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** @param line with the break that ends it */
  add(line: string): void {
    const needed = this.#length + BYTES_PER_UNIT * line.length;
    if (needed > this.#room.length) this.#grow(needed);
    this.#length += this.#room.write(line, this.#length, "utf8");
  }

  #grow(needed: number): void {
    const roomier = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#room.length));
    this.#room.copy(roomier, 0, 0, this.#length);
    this.#room = roomier;
  }
}
