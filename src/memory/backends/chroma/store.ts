import type { ChromaClient, Collection, Where as DriverWhere } from "chromadb";
import { idOf, linkId, type StoredItem, type StoredLink, storedLink } from "../../item.ts";
import { digestOf } from "../../meaning/vectors.ts";
import type { ItemScope } from "../../scope.ts";
import type { Found, Page, ServerChange, ServerOutcome, ServerQuestion, ServerStore } from "../../server/store.ts";
import { hashOf } from "../../server/term-table.ts";
import { itemVector, questionVector, VECTOR_FORM } from "./lexical-vector.ts";
import { anyOf, followed, itemOf, jsonIn, metadataOf, type Where, whereOf } from "./metadata.ts";
import { shelf } from "./shelf.ts";
import { ChromaVectors } from "./vectors.ts";

export interface ChromaOptions {
  readonly url: string;
  /** Items lie in the collection of this name, links in one named after it. */
  readonly collection: string;
  readonly tenant?: string | undefined;
  readonly database?: string | undefined;
  readonly token?: string | undefined;
}

/** What is sent to the server; a test reads it. */
export type Trace = (request: string, parameters: Readonly<Record<string, unknown>>) => void;

interface Shelves {
  readonly items: Collection;
  readonly links: Collection;
}

const PAGE = 1_000;
/** More links than anybody follows from one step of a walk. */
const MOST_LINKS = 20_000;
const AWAY = new Set([
  "ChromaConnectionError",
  "ChromaServerError",
  "ChromaUnauthorizedError",
  "ChromaForbiddenError",
  "ChromaNotFoundError",
  "ChromaRateLimitError",
  "TypeError",
  "AbortError",
]);
const ABSENT: ServerOutcome = { kind: "absent" };

/**
 * Memory in two collections of a Chroma server. Candidates are found by our own vectors, made of an item's terms,
 * and by those of an embedder. Chroma has
 * no conditional writes: versions are compared here, so that one process may write. The client is loaded with the first
 * connection.
 */
export class ChromaStore implements ServerStore {
  readonly address: string;
  readonly #options: ChromaOptions;
  readonly #trace: Trace;
  readonly vectors: ChromaVectors;
  #shelves: Promise<Shelves> | undefined;
  #changes = 0;

  constructor(options: ChromaOptions, trace: Trace = () => undefined) {
    const url = new URL(options.url);
    this.address = `Chroma at ${url.protocol}//${url.host}`;
    this.#options = options;
    this.#trace = trace;
    this.vectors = new ChromaVectors({
      client: () => this.#client(),
      items: async () => (await this.#connection()).items,
      collection: options.collection,
      trace,
    });
  }

  async ping(): Promise<void> {
    const client = await this.#client();
    await client.heartbeat();
  }

  async connect(): Promise<void> {
    // Made anew each time: a server that was replaced has collections of other ids.
    this.#shelves = this.#load();
    await this.#shelves;
    await this.vectors.load();
  }

  async apply(changes: readonly ServerChange[]): Promise<readonly ServerOutcome[]> {
    this.#changes += changes.length;
    const [first] = changes;
    switch (first?.op) {
      case undefined:
        return [];
      case "put":
        return this.#put(changes.flatMap((change) => (change.op === "put" ? [change] : [])));
      case "remove":
        return this.#remove(changes.flatMap((change) => (change.op === "remove" ? [change.id] : [])));
      case "link":
        return this.#link(changes.flatMap((change) => (change.op === "link" ? [change.link] : [])));
      case "unlink":
        return this.#unlink(changes.flatMap((change) => (change.op === "unlink" ? [change.id] : [])));
    }
  }

  async get(ids: readonly string[]): Promise<readonly StoredItem[]> {
    return [...(await this.#stored(ids)).values()].map(({ item }) => item);
  }

  async page(scope: ItemScope, after = "0"): Promise<Page> {
    const { items } = await this.#connection();
    const where = conditionOf(whereOf(scope));
    const offset = Number(after);
    this.#trace("get", { ...where, limit: PAGE, offset });
    const { metadatas } = await items.get({ ...where, limit: PAGE, offset, include: ["metadatas"] });
    const found = metadatas.map(itemOf);
    return found.length < PAGE ? { items: found } : { items: found, next: String(offset + PAGE) };
  }

  async find(question: ServerQuestion): Promise<readonly Found[]> {
    const { meaning, limit } = question;
    const condition = conditionOf(whereOf(question.scope));
    const [items, near] = await Promise.all([
      this.#findByWords(question, condition),
      meaning === undefined ? [] : this.vectors.nearest(meaning, condition, limit),
    ]);
    if (meaning === undefined) return items.map((item) => ({ item }));
    const known = new Set(items.map(idOf));
    const cosines = new Map(near.map(({ id, cosine }) => [id, cosine]));
    const [others, rest] = await Promise.all([
      this.#stored(near.map(({ id }) => id).filter((id) => !known.has(id))),
      this.vectors.cosines(
        meaning,
        [...known].filter((id) => !cosines.has(id)),
      ),
    ]);
    for (const { id, cosine } of rest) cosines.set(id, cosine);
    return [...items, ...[...others.values()].map(({ item }) => item)].map((item) => ({
      item,
      cosine: cosines.get(idOf(item)),
    }));
  }

  async #findByWords(
    question: ServerQuestion,
    condition: { readonly where?: DriverWhere },
  ): Promise<readonly StoredItem[]> {
    if (question.words.size + question.grams.size === 0) return [];
    const { items } = await this.#connection();
    const vector = questionVector(question);
    this.#trace("query", {
      ...condition,
      collection: items.name,
      queryEmbeddings: [vector],
      nResults: question.limit,
    });
    const { metadatas } = await items.query({
      ...condition,
      queryEmbeddings: [vector],
      nResults: question.limit,
      include: ["metadatas"],
    });
    return (metadatas[0] ?? []).map(itemOf);
  }

  async links(ids: readonly string[]): Promise<readonly StoredLink[]> {
    const { links } = await this.#connection();
    const where = endsIn(ids);
    this.#trace("get", { where, limit: MOST_LINKS });
    const { metadatas } = await links.get({ ...conditionOf(where), limit: MOST_LINKS, include: ["metadatas"] });
    return metadatas.map((metadata) => storedLink.parse(jsonIn(metadata)));
  }

  async revision(): Promise<string> {
    const { items } = await this.#connection();
    return `${items.id}.${String(this.#changes)}`;
  }

  whyAway(failure: unknown): string | undefined {
    if (!(failure instanceof Error) || !AWAY.has(failure.name)) return undefined;
    // The client's own words are advice to a page in a browser.
    return failure.name === "ChromaConnectionError" ? "nothing answers there" : failure.message;
  }

  async close(): Promise<void> {
    this.#shelves = undefined;
  }

  async #put(changes: readonly (ServerChange & { readonly op: "put" })[]): Promise<readonly ServerOutcome[]> {
    const { items } = await this.#connection();
    const known = await this.#stored(changes.map(({ item }) => idOf(item)));
    const decided = changes.map((change) => {
      const there = known.get(idOf(change.item));
      const found = there?.item.version ?? 0;
      const fits = change.expected === undefined || change.expected === found || there?.token === change.token;
      return { change, fits, before: there?.item };
    });
    const written = decided.filter(({ fits }) => fits);
    if (written.length > 0) {
      const isSaidAgain = ({ change, before }: (typeof written)[number]) =>
        before !== undefined && digestOf(before) === digestOf(change.item);
      // First, so that a crash leaves items without a vector and none with that of another text.
      await this.vectors.drop(written.filter((one) => one.before !== undefined && !isSaidAgain(one)).map(idIn));
      const ids = written.map(({ change }) => idOf(change.item));
      this.#trace("upsert", { ids });
      await items.upsert({
        ids,
        embeddings: written.map(({ change }) => itemVector(change.terms)),
        metadatas: written.map(({ change, before }) => metadataOf(change.item, before, change.token)),
      });
      await this.vectors.follow(
        written.filter(isSaidAgain).map(({ change: { item }, before }) => ({ item, metadata: followed(item, before) })),
      );
    }
    return decided.map(({ fits, before }) => ({ kind: fits ? "done" : "conflict", ...(before && { before }) }));
  }

  /** Links first: what is left when this breaks off is an item whose removal was not confirmed. */
  async #remove(ids: readonly string[]): Promise<readonly ServerOutcome[]> {
    const { items, links } = await this.#connection();
    const known = await this.#stored(ids);
    const there = ids.filter((id) => known.has(id));
    if (there.length > 0) {
      this.#trace("delete", { ids: there });
      await links.delete({ where: endsIn(there) as DriverWhere });
      await this.vectors.drop(there);
      await items.delete({ ids: there });
    }
    return ids.map((id) => {
      const before = known.get(id)?.item;
      return before === undefined ? ABSENT : { kind: "done", before };
    });
  }

  async #link(wanted: readonly StoredLink[]): Promise<readonly ServerOutcome[]> {
    const { links } = await this.#connection();
    const known = await this.#stored([...new Set(wanted.flatMap(({ from, to }) => [from, to]))]);
    const drawn = wanted.filter(({ from, to }) => known.has(from) && known.has(to));
    if (drawn.length > 0) {
      this.#trace("upsert", { ids: drawn.map(linkId) });
      await links.upsert({
        ids: drawn.map(linkId),
        embeddings: drawn.map((link) => pointOf(linkId(link))),
        metadatas: drawn.map((link) => ({
          from: link.from,
          to: link.to,
          relation: link.relation,
          json: JSON.stringify(link),
        })),
      });
    }
    return wanted.map((link) => (drawn.includes(link) ? { kind: "done" } : ABSENT));
  }

  async #unlink(ids: readonly string[]): Promise<readonly ServerOutcome[]> {
    const { links } = await this.#connection();
    const found = new Set((await links.get({ ids: [...ids], include: [] })).ids);
    this.#trace("delete", { ids });
    if (found.size > 0) await links.delete({ ids: [...found] });
    return ids.map((id) => (found.has(id) ? { kind: "done" } : ABSENT));
  }

  async #stored(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly item: StoredItem; readonly token: unknown }>> {
    const { items } = await this.#connection();
    if (ids.length === 0) return new Map();
    this.#trace("get", { ids });
    const { metadatas } = await items.get({ ids: [...ids], include: ["metadatas"] });
    return new Map(
      metadatas.map((metadata) => {
        const item = itemOf(metadata);
        return [idOf(item), { item, token: metadata?.["write"] }] as const;
      }),
    );
  }

  #connection(): Promise<Shelves> {
    this.#shelves ??= this.#load();
    return this.#shelves;
  }

  async #load(): Promise<Shelves> {
    const { collection } = this.#options;
    const client = await this.#client();
    return {
      items: await shelf(client, collection, { form: VECTOR_FORM }),
      links: await shelf(client, `${collection}-links`, { form: "aios-links-1" }),
    };
  }

  async #client(): Promise<ChromaClient> {
    const { ChromaClient } = await import("chromadb");
    const { url, tenant, database, token } = this.#options;
    const { hostname, port, protocol } = new URL(url);
    const ssl = protocol === "https:";
    return new ChromaClient({
      host: hostname,
      port: port === "" ? (ssl ? 443 : 80) : Number(port),
      ssl,
      ...(tenant === undefined ? {} : { tenant }),
      ...(database === undefined ? {} : { database }),
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
  }
}

function idIn({ change }: { readonly change: { readonly item: StoredItem } }): string {
  return idOf(change.item);
}

/** Chroma keeps nothing without a vector; that of a link is never searched by. */
function pointOf(id: string): number[] {
  return [1, 2, 3, 4].map((seed) => hashOf(id, seed) / 0xffffffff - 0.5);
}

function endsIn(ids: readonly string[]): Where {
  return anyOf([{ from: { $in: [...ids] } }, { to: { $in: [...ids] } }]);
}

/** The driver's type of conditions names each operator; ours are made of the same. */
function conditionOf(where: Where | undefined): { readonly where?: DriverWhere } {
  return where === undefined ? {} : { where: where as DriverWhere };
}
