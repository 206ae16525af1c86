import { z } from "zod";
import { AiosError } from "../../kernel/errors.ts";
import type { Changed } from "../backend.ts";
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

/** So many of the latest changes are told apart; who asks about more looks at everything. */
const REMEMBERED = 10_000;

/** Items and links in memory, reached by id, links from both of their ends; and the items' vectors beside them. */
export class MemoryTable {
  readonly #items = new Map<string, StoredItem>();
  readonly #links = new Map<string, StoredLink>();
  /** Ids of links by the id of the item at either end. */
  readonly #ends = new Map<string, Set<string>>();
  /** By the fingerprint of their embedder, and within by item. */
  readonly #vectors = new Map<string, Map<string, KeptVector>>();
  #changes = 0;
  /** The item of each of the latest changes; of those that touch none, nothing. */
  #latest: (string | undefined)[] = [];

  /** How many items there are. */
  get size(): number {
    return this.#items.size;
  }

  /** How many changes were applied so far. */
  get changes(): number {
    return this.#changes;
  }

  /** The items that the changes after the first so many touched; `undefined` when it is too long ago to be known. */
  touchedSince(changes: number): ReadonlySet<string> | undefined {
    const from = changes - (this.#changes - this.#latest.length);
    if (from < 0) return undefined;
    const touched = new Set(this.#latest.slice(from).filter((id) => id !== undefined));
    return touched;
  }

  apply(change: Change): void {
    if (change.op === "put") this.#put(change.item);
    else if (change.op === "link") this.#draw(change.link);
    else if (change.op === "unlink") for (const id of change.ids) this.#erase(id);
    else if (change.op === "vector") this.#keep(change);
    else if (change.op === "unvector") this.#dropVectors(change.but);
    else {
      this.#items.delete(change.id);
      this.#dropVector(change.id);
      for (const id of [...(this.#ends.get(change.id) ?? [])]) this.#erase(id);
    }
    this.#note(change.op === "put" ? idOf(change.item) : "id" in change ? change.id : undefined);
  }

  /** The vectors of one embedder, by item, now and from now on. */
  vectorsOf(by: string): ReadonlyMap<string, KeptVector> {
    return this.#vectors.get(by) ?? new Map();
  }

  /** How many vectors there are of each embedder. */
  vectorCounts(): ReadonlyMap<string, number> {
    return new Map([...this.#vectors].map(([by, vectors]) => [by, vectors.size]));
  }

  /** Changes that make all of this out of nothing, in an order that depends on nothing else. */
  *state(): Iterable<Change> {
    const items = [...this.items()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    for (const item of items) yield { op: "put", item };
    for (const link of this.links()) yield { op: "link", link };
    for (const vectors of this.#vectors.values())
      for (const [id, { by, of, numbers }] of vectors) yield { op: "vector", id, by, of, vector: toBase64(numbers) };
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
    if (this.#vectors.size === 0) return;
    const digest = digestOf(item);
    for (const vectors of this.#vectors.values()) {
      const kept = vectors.get(id);
      if (kept !== undefined && kept.of !== digest) this.#dropVector(id);
    }
  }

  /** An item has one vector: that of the embedder that came last. */
  #keep({ id, by, of, vector }: Change & { readonly op: "vector" }): void {
    const item = this.#items.get(id);
    if (item === undefined || digestOf(item) !== of) return;
    this.#dropVector(id);
    const vectors = this.#vectors.get(by) ?? new Map<string, KeptVector>();
    this.#vectors.set(by, vectors.set(id, { by, of, numbers: fromBase64(vector) }));
  }

  #dropVector(id: string): void {
    for (const [by, vectors] of this.#vectors) if (vectors.delete(id) && vectors.size === 0) this.#vectors.delete(by);
  }

  #dropVectors(but: string | undefined): void {
    for (const [by, vectors] of this.#vectors) {
      if (by === but) continue;
      this.#vectors.delete(by);
      for (const id of vectors.keys()) this.#note(id);
    }
  }

  #note(id: string | undefined): void {
    this.#changes += 1;
    this.#latest.push(id);
    if (this.#latest.length > 2 * REMEMBERED) this.#latest = this.#latest.slice(-REMEMBERED);
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

/** What a table has of the items that were touched after its first so many changes. */
export function changedIn(table: MemoryTable, changes: number, revision: string): Changed | undefined {
  const touched = table.touchedSince(changes);
  return touched && { revision, items: new Map([...touched].map((id) => [id, table.get(id)])) };
}

export function endless({ from, to }: StoredLink): AiosError {
  return new AiosError("not_found", `${from} or ${to} is not there to be linked`);
}
