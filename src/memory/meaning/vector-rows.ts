import { Signs } from "./signs.ts";

/** The vector of a question, ready to be compared. */
export interface AskedVector {
  readonly vector: Float32Array;
  /** The same, in what products are computed in. */
  readonly numbers: Float64Array;
  readonly length: number;
}

export function askedVector(vector: Float32Array): AskedVector {
  return { vector, numbers: Float64Array.from(vector), length: lengthOf(vector) };
}

/** Vectors of one size in rows of one array, where comparing thousands of them finds the next where the last one ended. */
export class VectorRows {
  #numbers = new Int8Array(0);
  #lengths = new Float64Array(0);
  /** Numbers in a row. */
  #size = 0;
  readonly #signs = new Signs();

  write(row: number, numbers: Int8Array): void {
    this.#size = numbers.length;
    if (row >= this.#lengths.length) this.#widen(row + 1);
    this.#numbers.set(numbers, row * this.#size);
    this.#lengths[row] = lengthOf(numbers);
    this.#signs.write(row, numbers);
  }

  /** What stood in one row stands in another instead. */
  move(from: number, to: number): void {
    this.#numbers.copyWithin(to * this.#size, from * this.#size, (from + 1) * this.#size);
    this.#lengths[to] = this.#lengths[from] ?? 0;
    this.#signs.move(from, to);
  }

  /** 0 where one of them is nothing. */
  cosine(row: number, { numbers, length }: AskedVector): number {
    return product(this.#numbers, row * this.#size, numbers) / ((this.#lengths[row] ?? 0) * length || 1);
  }

  /** See `Signs.likeliest`. */
  likeliest(asked: AskedVector, rows: number, most: number, fits: (row: number) => boolean): readonly number[] {
    return this.#signs.likeliest(asked.vector, rows, most, fits);
  }

  #widen(least: number): void {
    const rows = Math.max(least, 2 * this.#lengths.length);
    const numbers = new Int8Array(rows * this.#size);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const lengths = new Float64Array(rows);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
  }
}

function lengthOf(numbers: Int8Array | Float32Array): number {
  let sum = 0;
  for (const value of numbers) sum += value * value;
  return Math.sqrt(sum);
}

/** In four sums, none of which waits for another: the processor works on all of them at once. */
function product(rows: Int8Array, from: number, others: Float64Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = others.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    a += (rows[from + at] ?? 0) * (others[at] ?? 0);
    b += (rows[from + at + 1] ?? 0) * (others[at + 1] ?? 0);
    c += (rows[from + at + 2] ?? 0) * (others[at + 2] ?? 0);
    d += (rows[from + at + 3] ?? 0) * (others[at + 3] ?? 0);
  }
  for (let at = whole; at < others.length; at += 1) a += (rows[from + at] ?? 0) * (others[at] ?? 0);
  return a + b + (c + d);
}
