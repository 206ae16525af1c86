import { inGroups, type Later } from "../../kernel/checkpointed.ts";
import { groupsOf, type Shape } from "../../kernel/shape.ts";

/** Measurements of the last stretch of time, the oldest dropped beyond a number. */
export class Recent<T extends { readonly atMs: number }> {
  readonly #windowMs: number;
  readonly #capacity: number;
  #items: T[] = [];

  constructor(windowMs: number, capacity: number) {
    this.#windowMs = windowMs;
    this.#capacity = capacity;
  }

  push(item: T): void {
    this.#items.push(item);
    // One pass for as many additions as are kept.
    if (this.#items.length < 2 * this.#capacity) return;
    this.#items = this.#items.filter(({ atMs }) => atMs > item.atMs - this.#windowMs).slice(-this.#capacity);
  }

  snapshot(): readonly Later[] {
    return inGroups([...this.#items]);
  }

  restore(value: unknown, member: Shape<T>, at: string): void {
    this.#items = groupsOf(member)(value, at);
  }

  /** Those younger than the window at `nowMs`, oldest first. */
  within(nowMs: number): readonly T[] {
    return this.#items.filter(({ atMs }) => atMs > nowMs - this.#windowMs).slice(-this.#capacity);
  }
}
