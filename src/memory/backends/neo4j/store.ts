import type { Driver, Record as DriverRecord, SessionConfig } from "neo4j-driver";
import type { AskedMeaning } from "../../backend.ts";
import { idOf, linkId, type StoredItem, type StoredLink, storedItem, storedLink } from "../../item.ts";
import type { ItemScope } from "../../scope.ts";
import { rivalsOf } from "../../server/question.ts";
import type { Found, Page, ServerChange, ServerOutcome, ServerQuestion, ServerStore } from "../../server/store.ts";
import { parseLine } from "../json-lines.ts";
import { conditionsOf } from "./conditions.ts";
import { luceneOf } from "./lucene.ts";
import { labelOf, propertiesOf } from "./node.ts";
import { schema } from "./schema.ts";
import * as statements from "./statements.ts";
import * as vectorStatements from "./vector-statements.ts";
import { Neo4jVectors } from "./vectors.ts";

export interface Neo4jOptions {
  readonly url: string;
  readonly database: string;
  readonly user: string;
  /** Without it nobody signs in. */
  readonly password?: string | undefined;
  /** A request is given up by the driver after so long. */
  readonly timeoutMs: number;
}

/** What was sent to the server; a test reads it. */
export type Trace = (statement: string, parameters: Readonly<Record<string, unknown>>) => void;

type Row = Readonly<Record<string, unknown>>;
type Integer = (value: number) => unknown;

/** Small: what is read and let go again at once is still held long enough to grow the heap. */
const PAGE = 250;
/** More links than anybody follows from one step of a walk. */
const MOST_LINKS = 20_000;
const AWAY =
  /^(?:ServiceUnavailable|SessionExpired|Neo\.TransientError\..*|Neo\.ClientError\.Security\..*|Neo\.DatabaseError\.General\..*|Neo\.ClientError\.Database\.DatabaseNotFound)$/;

/** Memory as a graph: items are nodes, links are relationships. The driver is loaded with the first connection. */
export class Neo4jStore implements ServerStore {
  readonly address: string;
  readonly #options: Neo4jOptions;
  readonly #trace: Trace;
  readonly vectors: Neo4jVectors;
  #driver: Promise<{ readonly driver: Driver; readonly int: Integer }> | undefined;

  constructor(options: Neo4jOptions, trace: Trace = () => undefined) {
    const url = new URL(options.url);
    this.address = `Neo4j at ${url.protocol}//${url.host}`;
    this.#options = options;
    this.#trace = trace;
    this.vectors = new Neo4jVectors({
      run: (statement, parameters) => this.#run(statement, parameters),
      integer: async (value) => (await this.#connection()).int(value),
    });
  }

  async ping(): Promise<void> {
    await this.#run("RETURN 1 AS alive");
  }

  async connect(): Promise<void> {
    for (const statement of schema) await this.#run(statement);
    this.vectors.forget();
  }

  async apply(changes: readonly ServerChange[]): Promise<readonly ServerOutcome[]> {
    const { int } = await this.#connection();
    const [first] = changes;
    switch (first?.op) {
      case undefined:
        return [];
      case "put": {
        const writes = changes.flatMap((change) => (change.op === "put" ? [writeOf(change, int)] : []));
        const rows = await this.#run(statements.PUT, { writes });
        return rows.map(({ fits, before }) => ({ kind: fits === true ? "done" : "conflict", ...beforeOf(before) }));
      }
      case "remove": {
        const ids = changes.flatMap((change) => (change.op === "remove" ? [change.id] : []));
        const rows = await this.#run(statements.REMOVE, { ids });
        return rows.map(({ before }) => (typeof before === "string" ? { kind: "done", ...beforeOf(before) } : ABSENT));
      }
      case "link": {
        const links = changes.flatMap((change) => (change.op === "link" ? [relationshipOf(change.link, int)] : []));
        const rows = await this.#run(statements.LINK, { links });
        return rows.map(({ drawn }) => (drawn === true ? { kind: "done" } : ABSENT));
      }
      case "unlink": {
        const keys = changes.flatMap((change) => (change.op === "unlink" ? [change.id] : []));
        const rows = await this.#run(statements.UNLINK, { keys });
        return rows.map(({ found }) => (found === true ? { kind: "done" } : ABSENT));
      }
    }
  }

  async get(ids: readonly string[]): Promise<readonly StoredItem[]> {
    return (await this.#read(statements.GET, { ids })).map(itemOf);
  }

  async page(scope: ItemScope, after = ""): Promise<Page> {
    const { int } = await this.#connection();
    const { text, parameters } = conditionsOf(scope);
    const items = (await this.#read(statements.page(text), { ...parameters, after, limit: int(PAGE) })).map(itemOf);
    const last = items.at(-1);
    return last === undefined || items.length < PAGE ? { items } : { items, next: idOf(last) };
  }

  async find(question: ServerQuestion): Promise<readonly Found[]> {
    const { meaning } = question;
    const [byWords, near] = await Promise.all([
      this.#findByWords(question),
      meaning === undefined ? [] : this.#findByMeaning(meaning, question),
    ]);
    return [...new Map([...byWords, ...near].map((found) => [idOf(found.item), found])).values()];
  }

  async #findByWords(question: ServerQuestion): Promise<readonly Found[]> {
    const text = luceneOf(question);
    if (text === undefined) return [];
    const { int } = await this.#connection();
    const limit = int(question.limit);
    const { readers: _inTheIndex, ...rest } = question.scope;
    const { text: conditions, parameters } = conditionsOf(rest);
    // Where more is asked for than the index knows, the index must not stop before enough of its answers fit.
    const options = rivalsOf(rest) ? {} : { limit };
    const { cosine, asked } = askedOf(question.meaning);
    const statement = statements.search(conditions, cosine);
    return (await this.#read(statement, { ...parameters, ...asked, question: text, options, limit })).map(foundIn);
  }

  async #findByMeaning(meaning: AskedMeaning, { scope, limit }: ServerQuestion): Promise<readonly Found[]> {
    if (!(await this.vectors.has(meaning.vector.length))) return [];
    const { int } = await this.#connection();
    const { text: conditions, parameters } = conditionsOf(scope);
    const { asked } = askedOf(meaning);
    const isNarrow = scope.readers !== undefined || rivalsOf(scope);
    const wanted = { ...parameters, ...asked, limit: int(limit), count: int(isNarrow ? 4 * limit : limit) };
    const near = await this.#read(vectorStatements.nearest(conditions), wanted);
    if (!isNarrow || near.length >= limit) return near.map(foundIn);
    // What the index finds is of the whole memory: of a part of it there may be more than that.
    return (await this.#read(vectorStatements.nearestOf(conditions), wanted)).map(foundIn);
  }

  async links(ids: readonly string[]): Promise<readonly StoredLink[]> {
    const { int } = await this.#connection();
    const rows = await this.#read(statements.LINKS, { ids, limit: int(MOST_LINKS) });
    return rows.map((row) => storedLink.parse({ ...row, evidence: row["evidence"] ?? undefined }));
  }

  async revision(): Promise<string> {
    const [row] = await this.#read(statements.REVISION);
    return JSON.stringify(row?.["revision"] ?? 0);
  }

  whyAway(failure: unknown): string | undefined {
    if (!(failure instanceof Error)) return undefined;
    const isAway = AWAY.test("code" in failure && typeof failure.code === "string" ? failure.code : "");
    return isAway ? failure.message : undefined;
  }

  async close(): Promise<void> {
    const opened = this.#driver;
    this.#driver = undefined;
    await (await opened?.catch(() => undefined))?.driver.close();
  }

  async #run(statement: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<readonly Row[]> {
    const { driver } = await this.#connection();
    return this.#in(driver, { bookmarkManager: driver.executeQueryBookmarkManager }, statement, parameters);
  }

  /**
   * What changes nothing. It sees what was written before, and tells nobody what it saw: with a manager that is told, the
   * driver's sessions hold on to each other's answers.
   */
  async #read(statement: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<readonly Row[]> {
    const { driver } = await this.#connection();
    const bookmarks = [...(await driver.executeQueryBookmarkManager.getBookmarks())];
    return this.#in(driver, { bookmarks }, statement, parameters);
  }

  async #in(
    driver: Driver,
    after: Pick<SessionConfig, "bookmarks" | "bookmarkManager">,
    statement: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<readonly Row[]> {
    this.#trace(statement, parameters);
    const session = driver.session({ database: this.#options.database, ...after });
    try {
      // By itself: what the driver manages it also tries again, and that is decided in one place for every server.
      const { records } = await session.run(statement, parameters);
      return records.map(rowOf);
    } finally {
      await session.close();
    }
  }

  #connection(): Promise<{ readonly driver: Driver; readonly int: Integer }> {
    this.#driver ??= this.#load();
    return this.#driver;
  }

  async #load(): Promise<{ readonly driver: Driver; readonly int: Integer }> {
    const { default: neo4j } = await import("neo4j-driver");
    const { url, user, password, timeoutMs } = this.#options;
    const auth = password === undefined ? undefined : neo4j.auth.basic(user, password);
    const driver = neo4j.driver(url, auth, {
      disableLosslessIntegers: true,
      connectionTimeout: timeoutMs,
      // Later than we give up ourselves: the driver does not say that the server is away when too many wait for it.
      connectionAcquisitionTimeout: 2 * timeoutMs,
      telemetryDisabled: true,
    });
    return { driver, int: neo4j.int };
  }
}

const ABSENT: ServerOutcome = { kind: "absent" };

/** As the record's own `toObject` gives it, which makes six times as much garbage. */
function rowOf(record: DriverRecord): Row {
  const row: Record<string, unknown> = {};
  for (const name of record.keys) row[String(name)] = record.get(name);
  return row;
}

function writeOf({ item, expected, terms, token }: ServerChange & { readonly op: "put" }, int: Integer) {
  const entries = Object.entries(propertiesOf(item, terms)).map(([name, value]): [string, unknown] => [
    name,
    typeof value === "number" && Number.isSafeInteger(value) && name !== "confidence" ? int(value) : (value ?? null),
  ]);
  const properties: Row = Object.fromEntries(entries);
  return {
    id: idOf(item),
    expected: expected === undefined ? null : int(expected),
    label: labelOf(item),
    properties: { ...properties, write: token },
  };
}

function relationshipOf(link: StoredLink, int: Integer) {
  const { from, to, relation, space, evidence = null, createdAtMs } = link;
  const at = Number.isSafeInteger(createdAtMs) ? int(createdAtMs) : createdAtMs;
  return { from, to, key: linkId(link), properties: { key: linkId(link), relation, space, evidence, createdAtMs: at } };
}

function itemOf({ json }: Row): StoredItem {
  return storedItem.parse(typeof json === "string" ? parseLine(json) : json);
}

function foundIn(row: Row): Found {
  const cosine = row["cosine"];
  return { item: itemOf(row), cosine: typeof cosine === "number" ? cosine : undefined };
}

/** How a cosine is asked for, and the parameters that it takes. */
function askedOf(meaning: AskedMeaning | undefined): { readonly cosine: string; readonly asked: Row } {
  if (meaning === undefined) return { cosine: "null", asked: {} };
  return { cosine: vectorStatements.COSINE, asked: { by: meaning.by, vector: Array.from(meaning.vector) } };
}

function beforeOf(json: unknown): { readonly before?: StoredItem } {
  return typeof json === "string" ? { before: itemOf({ json }) } : {};
}
