import { type ItemVector, packed, type VectorCensus, type VectorForm } from "../../meaning/vectors.ts";
import type { ServerVectors } from "../../server/store.ts";
import * as statements from "./vector-statements.ts";

type Row = Readonly<Record<string, unknown>>;

export interface Neo4jVectorDeps {
  readonly run: (statement: string, parameters?: Readonly<Record<string, unknown>>) => Promise<readonly Row[]>;
  readonly integer: (value: number) => Promise<unknown>;
}

/**
 * The vectors of items as properties of their nodes: `embedding`, the fingerprint of its embedder in `embeddedBy` and the
 * digest of its text in `embeddedOf`. They are rounded as everywhere, so that cosines are those of every other backend. An
 * index of one size finds the nearest; with an embedder of another size it is made anew.
 */
export class Neo4jVectors implements ServerVectors {
  readonly #deps: Neo4jVectorDeps;
  /** Of the index that is there, as far as it was looked at. */
  #dimension: number | undefined;

  constructor(deps: Neo4jVectorDeps) {
    this.#deps = deps;
  }

  /** After a connection: a server that was replaced may have no index. */
  forget(): void {
    this.#dimension = undefined;
  }

  /** Whether vectors of this size can be asked for: before the first of them there is no index. */
  async has(dimension: number): Promise<boolean> {
    if (this.#dimension !== dimension) this.#dimension = await this.#indexed();
    return this.#dimension === dimension;
  }

  async prepare({ dimension }: VectorForm): Promise<void> {
    const { run } = this.#deps;
    const found = await this.#indexed();
    if (found !== undefined && found !== dimension) await run(statements.DROP_INDEX);
    if (found !== dimension) await run(statements.index(dimension));
    await run(statements.AWAIT_INDEX);
    this.#dimension = dimension;
  }

  async #indexed(): Promise<number | undefined> {
    const [found] = await this.#deps.run(statements.INDEXED);
    return found === undefined ? undefined : Number(found["dimension"]);
  }

  async madeOf(by: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#deps.run(statements.MADE_OF, { by, ids });
    return new Map(rows.map(({ id, of }) => [String(id), String(of)]));
  }

  async read(by: string, ids: readonly string[]): Promise<readonly ItemVector[]> {
    const rows = await this.#deps.run(statements.READ, { by, ids });
    return rows.map(({ id, of, embedding }) => ({ id: String(id), of: String(of), vector: numbersIn(embedding) }));
  }

  async keep({ by }: VectorForm, vectors: readonly ItemVector[]): Promise<void> {
    const kept = vectors.map(({ id, of, vector }) => ({ id, of, embedding: Array.from(packed(vector)) }));
    // The server refuses a vector of nothing.
    const given = kept.filter(({ embedding }) => embedding.some((value) => value !== 0));
    if (given.length > 0) await this.#deps.run(statements.KEEP, { by, vectors: given });
  }

  async clear(but: string | undefined, atMost: number): Promise<boolean> {
    const { run, integer } = this.#deps;
    const [row] = await run(statements.CLEAR, { but: but ?? null, limit: await integer(atMost) });
    return Number(row?.["removed"] ?? 0) === atMost;
  }

  async census(): Promise<VectorCensus> {
    const rows = await this.#deps.run(statements.CENSUS);
    const counted = rows.map(({ by, items }) => [by, Number(items)] as const);
    const made = counted.flatMap(([by, items]) => (typeof by === "string" ? [[by, items] as const] : []));
    return { items: counted.reduce((sum, [, items]) => sum + items, 0), made: new Map(made) };
  }
}

function numbersIn(embedding: unknown): Float32Array {
  return Float32Array.from(Array.isArray(embedding) ? embedding.map(Number) : []);
}
