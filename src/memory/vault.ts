import { AiosError } from "../kernel/errors.ts";
import { canRead, type Reader, spacesOf, writableSpace } from "./access.ts";
import type { MemoryBackend } from "./backend.ts";
import { checked } from "./checked.ts";
import { idOf, itemId, itemKey, type StoredItem, spaceName } from "./item.ts";
import type { Search } from "./search.ts";

export interface InSpace {
  /** The item's owner; unless told, the reader's own spaces are tried in turn. */
  readonly space?: string;
}

/** What became of an item that was to be written. */
export type Effect = "created" | "replaced" | "unchanged";

export interface Change {
  readonly item: StoredItem;
  readonly effect: Effect;
}

/** Writers that lose a race read again and retry so often. */
const MOST_RACES = 20;

/** Finds a reader's items by their keys, and changes them without losing what others write meanwhile. */
export class Vault {
  readonly #backend: MemoryBackend;
  readonly #reader: Reader;
  readonly #search: Search;

  constructor(backend: MemoryBackend, reader: Reader, search: Search) {
    this.#backend = backend;
    this.#reader = reader;
    this.#search = search;
  }

  /** The item with a key in a named space, or in the first of the reader's spaces that has it, or shared with the reader. */
  async find(key: string, options: InSpace): Promise<StoredItem | undefined> {
    const name = checked(itemKey, key, "key");
    const space = spaceIn(options);
    for (const candidate of space === undefined ? spacesOf(this.#reader) : [space]) {
      const item = await this.#backend.get(itemId(candidate, name));
      if (item !== undefined && canRead(this.#reader, item)) return item;
    }
    if (space !== undefined || this.#reader.kind === "operator") return undefined;
    const shared = await this.#search.items({ key: name, readers: spacesOf(this.#reader) });
    return shared.filter((item) => canRead(this.#reader, item)).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))[0];
  }

  async demand(key: string, options: InSpace): Promise<StoredItem> {
    const item = await this.find(key, options);
    if (item === undefined) throw absent(key);
    return item;
  }

  /** An item that the reader may change. */
  async own(key: string, options: InSpace): Promise<StoredItem> {
    const item = await this.demand(key, options);
    writableSpace(this.#reader, item.space);
    return item;
  }

  both(from: string, to: string, space: string | undefined): Promise<[StoredItem, StoredItem]> {
    const options = space === undefined ? {} : { space };
    return Promise.all([this.demand(from, options), this.demand(to, options)]);
  }

  /**
   * Writes what is decided over whatever is there: as `change`, but also while the backend is away and keeps writes. It is
   * then decided as if nothing was there.
   */
  async put(id: string, decide: (known: StoredItem | undefined) => Change): Promise<Change> {
    try {
      return await this.change(id, decide);
    } catch (failure) {
      const isAway = failure instanceof AiosError && failure.code === "memory.unavailable";
      if (!isAway || !this.#backend.capabilities.outbox || this.#backend.health?.().state !== "degraded") throw failure;
      const change = decide(undefined);
      await this.#backend.upsert(change.item);
      this.#search.meaning?.wrote([id]);
      return change;
    }
  }

  /** Reads, decides and writes; begins again when somebody else wrote in between. */
  async change(id: string, decide: (known: StoredItem | undefined) => Change): Promise<Change> {
    for (let race = 0; race < MOST_RACES; race += 1) {
      const known = await this.#backend.get(id);
      const { item, effect } = decide(known);
      if (effect === "unchanged") return { item, effect };
      if ((await this.#backend.upsert(item, known?.version ?? 0)) === "conflict") continue;
      this.#search.meaning?.wrote([id]);
      return { item, effect };
    }
    throw new AiosError("memory.unavailable", `others keep changing ${id}`);
  }
}

export function spaceIn(options: InSpace): string | undefined {
  return options.space === undefined ? undefined : checked(spaceName, options.space, "space");
}

export function absent(key: string): AiosError {
  return new AiosError("not_found", `there is no memory under the key ${key}`);
}
