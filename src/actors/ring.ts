/** The newest `capacity` of what was pushed since it was last drained; older ones give way and are counted. */
export class Ring<T> {
  readonly #capacity: number;
  #slots: T[] = [];
  #oldest = 0;
  #lost = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(value: T): void {
    if (this.#slots.length < this.#capacity) {
      this.#slots.push(value);
      return;
    }
    this.#slots[this.#oldest] = value;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
    this.#lost++;
  }

  /** Everything it holds, oldest first, and how many were lost; afterwards it is empty. */
  drain(): { readonly items: readonly T[]; readonly lost: number } {
    const items = [...this.#slots.slice(this.#oldest), ...this.#slots.slice(0, this.#oldest)];
    const lost = this.#lost;
    this.#slots = [];
    this.#oldest = 0;
    this.#lost = 0;
    return { items, lost };
  }
}
