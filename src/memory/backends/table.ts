import { z } from "zod";
import { AiosError } from "../../kernel/errors.ts";
import { idOf, linkId, type StoredItem, type StoredLink, storedItem, storedLink } from "../item.ts";

/** One change of a memory, as logs keep it. */
export const change = z.discriminatedUnion("op", [
  z.object({ op: z.literal("put"), item: storedItem }),
  z.object({ op: z.literal("remove"), id: z.string() }),
  z.object({ op: z.literal("link"), link: storedLink }),
  z.object({ op: z.literal("unlink"), ids: z.array(z.string()) }),
]);
export type Change = z.infer<typeof change>;

/** Items and links in memory, reached by id; links from both of their ends. */
export class MemoryTable {
  readonly #items = new Map<string, StoredItem>();
  readonly #links = new Map<string, StoredLink>();
  /** Ids of links by the id of the item at either end. */
  readonly #ends = new Map<string, Set<string>>();
  #changes = 0;

  /** How many items there are. */
  get size(): number {
    return this.#items.size;
  }

  /** How many changes were applied so far. */
  get changes(): number {
    return this.#changes;
  }

  apply(change: Change): void {
    this.#changes += 1;
    if (change.op === "put") this.#items.set(idOf(change.item), change.item);
    else if (change.op === "link") this.#draw(change.link);
    else if (change.op === "unlink") for (const id of change.ids) this.#erase(id);
    else {
      this.#items.delete(change.id);
      for (const id of [...(this.#ends.get(change.id) ?? [])]) this.#erase(id);
    }
  }

  /** Whether `item` may be written over `expected` (0: nothing there; `undefined`: anything). */
  fits(id: string, expected: number | undefined): boolean {
    return expected === undefined || (this.#items.get(id)?.version ?? 0) === expected;
  }

  get(id: string): StoredItem | undefined {
    return this.#items.get(id);
  }

  getAll(ids: readonly string[]): ReadonlyMap<string, StoredItem> {
    const found = new Map<string, StoredItem>();
    for (const id of ids) {
      const item = this.#items.get(id);
      if (item !== undefined) found.set(id, item);
    }
    return found;
  }

  /** A link is drawn between items that are there. */
  hasEndsOf({ from, to }: StoredLink): boolean {
    return this.#items.has(from) && this.#items.has(to);
  }

  items(): Iterable<StoredItem> {
    return this.#items.values();
  }

  links(): Iterable<StoredLink> {
    return this.#links.values();
  }

  linksAt(ids: readonly string[]): readonly StoredLink[] {
    const found = new Set(ids.flatMap((id) => [...(this.#ends.get(id) ?? [])]));
    return [...found].flatMap((id) => this.#links.get(id) ?? []);
  }

  linksBetween(from: string, to: string): readonly StoredLink[] {
    return this.linksAt([from]).filter((link) => link.from === from && link.to === to);
  }

  #draw(link: StoredLink): void {
    const id = linkId(link);
    this.#links.set(id, link);
    for (const end of [link.from, link.to]) {
      const ids = this.#ends.get(end) ?? new Set();
      this.#ends.set(end, ids.add(id));
    }
  }

  #erase(id: string): void {
    const link = this.#links.get(id);
    if (link === undefined) return;
    this.#links.delete(id);
    for (const end of [link.from, link.to]) {
      const ids = this.#ends.get(end);
      ids?.delete(id);
      if (ids?.size === 0) this.#ends.delete(end);
    }
  }
}

export function endless({ from, to }: StoredLink): AiosError {
  return new AiosError("not_found", `${from} or ${to} is not there to be linked`);
}
