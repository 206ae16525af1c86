import type { StoredItem, StoredLink } from "./item.ts";

/**
 * Where memory is kept. Ranking, isolation and validity live above this port, so every backend gives the same answers.
 *
 * Guarantees that the contract suite checks of each:
 *  1. What a promise has confirmed is read back by everything that starts after it, also by another process when `shared`,
 *     and survives a crash when `durable`.
 *  2. `upsert` with a version writes only over exactly that version; of two writers with the same one, one gets `conflict`.
 *  3. `remove` takes the item's links with it, and once it has resolved no file of the backend holds the item's content.
 *  4. Text, keys and data come back as they were given, byte for byte.
 *  5. Failing to reach the store rejects with `memory.unavailable`; nothing is half written.
 */
export interface MemoryBackend extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  /**
   * Writes an item whole. `expected` is the version it must replace, 0 for none there yet; left out, it replaces any.
   */
  upsert(item: StoredItem, expected?: number): Promise<"written" | "conflict">;
  get(id: string): Promise<StoredItem | undefined>;
  /** Removing what is not there answers `false`. */
  remove(id: string): Promise<boolean>;
  /** Every item, in no promised order. An item that nobody changed in between is the same object as last time where that is possible. */
  scan(): AsyncIterable<StoredItem>;
  /** Changes whenever any item may have changed, also by another process. */
  revision(): Promise<string>;
  /** Candidates for a text, best first, from the store's own index. Backends that hold everything in memory leave it out. */
  searchText?(text: string, limit: number): Promise<readonly StoredItem[]>;
  /** Candidates by cosine with a vector. */
  searchVector?(vector: readonly number[], limit: number): Promise<readonly StoredItem[]>;
  /** Draws a link; an equal one is replaced. */
  link(link: StoredLink): Promise<void>;
  /** Removes the links between two items that `matches`; answers how many there were. */
  unlink(from: string, to: string, matches: (link: StoredLink) => boolean): Promise<number>;
  /** Every link that begins or ends at one of these items. */
  neighbours(ids: readonly string[]): Promise<readonly StoredLink[]>;
  close(): Promise<void>;
}

export interface BackendCapabilities {
  /** Survives the process. */
  readonly durable: boolean;
  /** Several processes may use it at once. */
  readonly shared: boolean;
}
