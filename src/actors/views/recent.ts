import { GROUP_SIZE, inGroups, Stored } from "../../kernel/checkpointed.ts";
import { anything, groupsOf, listOf, type Shape } from "../../kernel/shape.ts";

/** Measurements of the last stretch of time, the oldest dropped beyond a number. */
export class Recent<T extends { readonly atMs: number }> {
  readonly #windowMs: number;
  readonly #capacity: number;
  /** Older ones, as a checkpoint has them: full groups that nobody asked for yet. */
  #unread: readonly Stored[] = [];
  #read: (groups: readonly Stored[]) => T[] = () => [];
  #items: T[] = [];

  constructor(windowMs: number, capacity: number) {
    this.#windowMs = windowMs;
    this.#capacity = capacity;
  }

  push(item: T): void {
    this.#items.push(item);
    // One pass for as many additions as are kept.
    if (this.#unread.length * GROUP_SIZE + this.#items.length < 2 * this.#capacity) return;
    this.#items = this.#all()
      .filter(({ atMs }) => atMs > item.atMs - this.#windowMs)
      .slice(-this.#capacity);
  }

  snapshot(): readonly unknown[] {
    return [...this.#unread, ...inGroups([...this.#items])];
  }

  restore(value: unknown, member: Shape<T>, at: string): void {
    const groups = listOf(anything)(value, at);
    const full = groups.slice(0, -1).filter((group) => group instanceof Stored);
    this.#unread = full.length === groups.length - 1 ? full : [];
    this.#read = (unread) => groupsOf(member)(unread, at);
    this.#items = groupsOf(member)(groups.slice(this.#unread.length), at);
  }

  /** Those younger than the window at `nowMs`, oldest first. */
  within(nowMs: number): readonly T[] {
    return this.#all()
      .filter(({ atMs }) => atMs > nowMs - this.#windowMs)
      .slice(-this.#capacity);
  }

  #all(): readonly T[] {
    if (this.#unread.length > 0) this.#items = [...this.#read(this.#unread), ...this.#items];
    this.#unread = [];
    return this.#items;
  }
}
