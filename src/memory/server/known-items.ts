import { idOf, type StoredItem } from "../item.ts";

/**
 * The items that were read or written last, within a bound of memory: what questions are answered from while the server is
 * away.
 */
export class KnownItems {
  readonly #items = new Map<string, { readonly item: StoredItem; readonly size: number }>();
  readonly #most: number;
  #size = 0;

  /** @param most characters of all items together */
  constructor(most: number) {
    this.#most = most;
  }

  note(item: StoredItem): void {
    const id = idOf(item);
    const known = this.#items.get(id);
    if (known !== undefined && isSameWrite(known.item, item)) {
      // The older object goes on: what questions bring up again and again is then not replaced again and again.
      this.#items.delete(id);
      this.#items.set(id, known);
      return;
    }
    const size = 300 + item.content.length + (item.title?.length ?? 0) + (item.data === undefined ? 0 : 1_000);
    this.forget(id);
    this.#items.set(id, { item, size });
    this.#size += size;
    for (const [oldest] of this.#items) {
      if (this.#size <= this.#most) break;
      this.forget(oldest);
    }
  }

  forget(id: string): void {
    this.#size -= this.#items.get(id)?.size ?? 0;
    this.#items.delete(id);
  }

  get(id: string): StoredItem | undefined {
    return this.#items.get(id)?.item;
  }

  all(): readonly StoredItem[] {
    return [...this.#items.values()].map(({ item }) => item);
  }
}

function isSameWrite(one: StoredItem, other: StoredItem): boolean {
  return (
    one.version === other.version &&
    one.createdAtMs === other.createdAtMs &&
    one.updatedAtMs === other.updatedAtMs &&
    one.content === other.content
  );
}
