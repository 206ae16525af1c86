import type { ChromaClient, Collection, Where as DriverWhere } from "chromadb";
import type { AskedMeaning } from "../../backend.ts";
import { idOf, type StoredItem } from "../../item.ts";
import {
  cosineOf,
  digestOf,
  fromBase64,
  type ItemVector,
  packed,
  toBase64,
  type VectorCensus,
  type VectorForm,
} from "../../meaning/vectors.ts";
import type { ServerVectors } from "../../server/store.ts";
import { hashOf } from "../../server/term-table.ts";
import { filterableOf, itemOf, type Metadata } from "./metadata.ts";
import { shelf } from "./shelf.ts";

const FORM = "aios-vectors-1";
const PAGE = 100;

export interface ChromaVectorDeps {
  readonly client: () => Promise<ChromaClient>;
  readonly items: () => Promise<Collection>;
  /** The name of the collection of items. */
  readonly collection: string;
  readonly trace: (request: string, parameters: Readonly<Record<string, unknown>>) => void;
}

/** A vector that was found, with its cosine to what was asked. */
export interface Near {
  readonly id: string;
  readonly cosine: number;
}

/**
 * The vectors of each embedder in a collection of their own: none can be compared with another's, whatever its size. Beside
 * each stand the members of its item that questions are narrowed by, and the vector in a byte a number, so that cosines are
 * those of every other backend.
 */
export class ChromaVectors implements ServerVectors {
  readonly #deps: ChromaVectorDeps;
  #shelves = new Map<string, Collection>();

  constructor(deps: ChromaVectorDeps) {
    this.#deps = deps;
  }

  /** Finds the collections that are there: after a connection, since a server that was replaced has others. */
  async load(): Promise<void> {
    const { collection } = this.#deps;
    const client = await this.#deps.client();
    const shelves = new Map<string, Collection>();
    for (let offset = 0; ; offset += PAGE) {
      const found = await client.listCollections({ limit: PAGE, offset });
      for (const one of found) {
        const { form, of, by } = one.metadata ?? {};
        if (form === FORM && of === collection && typeof by === "string") shelves.set(by, one);
      }
      if (found.length < PAGE) break;
    }
    this.#shelves = shelves;
  }

  async prepare({ by }: VectorForm): Promise<void> {
    if (this.#shelves.has(by)) return;
    const { collection } = this.#deps;
    const name = `${collection}-vectors-${hashOf(by, 7).toString(16).padStart(8, "0")}`;
    this.#shelves.set(by, await shelf(await this.#deps.client(), name, { form: FORM, of: collection, by }));
  }

  async madeOf(by: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const made = await this.#get(by, ids);
    return new Map([...made].map(([id, metadata]) => [id, String(metadata["of"])]));
  }

  async read(by: string, ids: readonly string[]): Promise<readonly ItemVector[]> {
    const made = await this.#get(by, ids);
    return [...made].map(([id, metadata]) => {
      const vector = Float32Array.from(fromBase64(String(metadata["vector"])));
      return { id, of: String(metadata["of"]), vector };
    });
  }

  async keep({ by }: VectorForm, vectors: readonly ItemVector[]): Promise<void> {
    const items = await this.#deps.items();
    const { metadatas } = await items.get({ ids: vectors.map(({ id }) => id), include: ["metadatas"] });
    const known = new Map(metadatas.map(itemOf).map((item) => [idOf(item), item]));
    const kept = vectors.flatMap(({ id, of, vector }) => {
      const item = known.get(id);
      const numbers = packed(vector);
      // The server refuses a vector of nothing.
      if (item === undefined || digestOf(item) !== of || !numbers.some((value) => value !== 0)) return [];
      return [{ id, numbers, metadata: { ...filterableOf(item), of, vector: toBase64(numbers) } }];
    });
    const shelf = this.#shelves.get(by);
    if (kept.length === 0 || shelf === undefined) return;
    this.#deps.trace("upsert", { collection: shelf.name, ids: kept.map(({ id }) => id) });
    await shelf.upsert({
      ids: kept.map(({ id }) => id),
      embeddings: kept.map(({ numbers }) => Array.from(numbers)),
      metadatas: kept.map(({ metadata }) => metadata),
    });
  }

  async clear(but: string | undefined): Promise<boolean> {
    const client = await this.#deps.client();
    for (const [by, { name }] of this.#shelves) {
      if (by === but) continue;
      await client.deleteCollection({ name });
      this.#shelves.delete(by);
    }
    return false;
  }

  async census(): Promise<VectorCensus> {
    const items = await (await this.#deps.items()).count();
    const counted = await Promise.all([...this.#shelves].map(async ([by, one]) => [by, await one.count()] as const));
    return { items, made: new Map(counted.filter(([, count]) => count > 0)) };
  }

  /** Takes the vectors of items away that say something else, or are removed. */
  async drop(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const one of this.#shelves.values()) await one.delete({ ids: [...ids] });
  }

  /** What vectors are narrowed by follows their items; of an item without a vector nothing becomes. */
  async follow(changes: readonly { readonly item: StoredItem; readonly metadata: Metadata }[]): Promise<void> {
    if (changes.length === 0) return;
    for (const one of this.#shelves.values())
      await one.update({
        ids: changes.map(({ item }) => idOf(item)),
        metadatas: changes.map(({ metadata }) => metadata),
      });
  }

  /** The nearest, at most so many. */
  async nearest(
    { by, vector }: AskedMeaning,
    condition: { readonly where?: DriverWhere },
    limit: number,
  ): Promise<readonly Near[]> {
    const one = this.#shelves.get(by);
    if (one === undefined) return [];
    this.#deps.trace("query", { ...condition, collection: one.name, dimensions: vector.length, nResults: limit });
    const { ids, metadatas } = await one.query({
      ...condition,
      queryEmbeddings: [Array.from(vector)],
      nResults: limit,
      include: ["metadatas"],
    });
    return (ids[0] ?? []).map((id, at) => ({ id, cosine: cosineIn(metadatas[0]?.[at], vector) }));
  }

  /** The cosines of those of the items that have a vector. */
  async cosines({ by, vector }: AskedMeaning, ids: readonly string[]): Promise<readonly Near[]> {
    const made = await this.#get(by, ids);
    return [...made].map(([id, metadata]) => ({ id, cosine: cosineIn(metadata, vector) }));
  }

  async #get(by: string, ids: readonly string[]): Promise<ReadonlyMap<string, Metadata>> {
    const one = this.#shelves.get(by);
    if (one === undefined || ids.length === 0) return new Map();
    this.#deps.trace("get", { collection: one.name, ids });
    const found = await one.get({ ids: [...ids], include: ["metadatas"] });
    return new Map(found.ids.map((id, at) => [id, (found.metadatas[at] ?? {}) as Metadata]));
  }
}

function cosineIn(metadata: Readonly<Record<string, unknown>> | null | undefined, vector: Float32Array): number {
  const kept = metadata?.["vector"];
  return typeof kept === "string" ? cosineOf(fromBase64(kept), vector) : 0;
}
