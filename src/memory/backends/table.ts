import { z } from "zod";
import { AiosError } from "../../kernel/errors.ts";
import { idOf, linkId, type StoredItem, type StoredLink, storedItem, storedLink } from "../item.ts";
import { digestOf, fromBase64, type KeptVector, toBase64 } from "../meaning/vectors.ts";

/** One change of a memory, as logs keep it. */
export const change = z.discriminatedUnion("op", [
  z.object({ op: z.literal("put"), item: storedItem }),
  z.object({ op: z.literal("remove"), id: z.string() }),
  z.object({ op: z.literal("link"), link: storedLink }),
  z.object({ op: z.literal("unlink"), ids: z.array(z.string()) }),
  /** `vector` holds a byte a number, in base64. */
  z.object({ op: z.literal("vector"), id: z.string(), by: z.string(), of: z.string(), vector: z.base64() }),
  /** Vectors of other embedders are dropped; without `but`, all. */
  z.object({ op: z.literal("unvector"), but: z.string().optional() }),
]);
export type Change = z.infer<typeof change>;

/** Items and links in memory, reached by id, links from both of their ends; and the items' vectors beside them. */
export class MemoryTable {
  readonly #items = new Map<string, StoredItem>();
  readonly #links = new Map<string, StoredLink>();
  /** Ids of links by the id of the item at either end. */
  readonly #ends = new Map<string, Set<string>>();
  readonly #vectors = new Map<string, KeptVector>();
  #changes = 0;
  #vectorChanges = 0;

  /** How many items there are. */
  get size(): number {
    return this.#items.size;
  }

  /** How many changes of items and links were applied so far. */
  get changes(): number {
    return this.#changes;
  }

  /** How many changes of vectors alone were applied so far. */
  get vectorChanges(): number {
    return this.#vectorChanges;
  }

  apply(change: Change): void {
    if (change.op === "vector" || change.op === "unvector") this.#vectorChanges += 1;
    else this.#changes += 1;
    if (change.op === "put") this.#put(change.item);
    else if (change.op === "link") this.#draw(change.link);
    else if (change.op === "unlink") for (const id of change.ids) this.#erase(id);
    else if (change.op === "vector") this.#keep(change);
    else if (change.op === "unvector") this.#dropVectors(change.but);
    else {
      this.#items.delete(change.id);
      this.#vectors.delete(change.id);
      for (const id of [...(this.#ends.get(change.id) ?? [])]) this.#erase(id);
    }
  }

  vectors(): ReadonlyMap<string, KeptVector> {
    return this.#vectors;
  }

  /** Changes that make all of this out of nothing, in an order that depends on nothing else. */
  *state(): Iterable<Change> {
    const items = [...this.items()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    for (const item of items) yield { op: "put", item };
    for (const link of this.links()) yield { op: "link", link };
    for (const [id, { by, of, numbers }] of this.#vectors)
      yield { op: "vector", id, by, of, vector: toBase64(numbers) };
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

  /** A vector of what the item no longer says goes. */
  #put(item: StoredItem): void {
    const id = idOf(item);
    this.#items.set(id, item);
    const kept = this.#vectors.get(id);
    if (kept !== undefined && kept.of !== digestOf(item)) this.#vectors.delete(id);
  }

  #keep({ id, by, of, vector }: Change & { readonly op: "vector" }): void {
    const item = this.#items.get(id);
    if (item !== undefined && digestOf(item) === of) this.#vectors.set(id, { by, of, numbers: fromBase64(vector) });
  }

  #dropVectors(but: string | undefined): void {
    for (const [id, { by }] of this.#vectors) if (by !== but) this.#vectors.delete(id);
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
