import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { MemoryBackend } from "../../../src/memory/backend.ts";
import { backends } from "../../../src/memory/backends/index.ts";
import { embedderSource } from "../../../src/memory/embedders/source.ts";
import { Meaning } from "../../../src/memory/meaning/meaning.ts";
import { MemoryPalace } from "../../../src/memory/palace.ts";
import { embedderPorts } from "../../support/embedder-ports.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { chromaUrl, neo4jUrl } from "../support/servers.ts";
import { dropCollections, emptyNeo4j } from "../support/stores.ts";
import { type Wire, wireTo } from "../support/wire.ts";

/** More than are ever asked for at once. */
const ITEMS = 240;
/** A server that was just started is slow. */
const timeoutMs = 30_000;
const TEST_MS = 180_000;
const concepts = path.resolve(import.meta.dirname, "../../fixtures/embedders/concepts.mjs");

/** A memory of linked items whose texts have vectors, on a server that is reached through the wire. */
async function filled(backend: MemoryBackend): Promise<MemoryPalace> {
  const { clock, log } = memoryPorts();
  const source = await embedderSource({ embedder: concepts, options: {} }, embedderPorts());
  if (source === undefined) throw new Error("nothing is embedded");
  const meaning = new Meaning({ source, backend, clock, log });
  const palace = MemoryPalace.over(backend, clock, undefined, meaning);
  onTestFinished(() => palace.close());
  const key = (n: number) => `k${String(n)}`;
  const store = (_: unknown, n: number) => palace.store(key(n), `the disk of runner ${String(n)} is full`);
  await Promise.all(Array.from({ length: ITEMS }, store));
  for (let n = 1; n < 12; n += 1) await palace.link(key(n - 1), key(n), "causes");
  await meaning.settled();
  return palace;
}

/** What goes over the wire while something is done. */
async function said(wire: Wire, work: () => Promise<unknown>): Promise<string> {
  wire.forget();
  await work();
  return wire.sent();
}

interface ChromaRequest {
  readonly path: string;
  readonly body: {
    readonly query_embeddings?: readonly (readonly number[])[];
    readonly n_results?: number;
    readonly ids?: readonly string[] | null;
  };
}

/** The requests with a body, in order. */
function requestsIn(sent: string): readonly ChromaRequest[] {
  return [...sent.matchAll(/POST (\S+) HTTP\/1\.1\r\n([\s\S]*?)\r\n\r\n/g)].map(
    ({ 0: all, 1: to = "", 2: headers = "", index }) => {
      const length = Number(/content-length: (\d+)/i.exec(headers)?.[1]);
      return { path: to, body: JSON.parse(sent.slice(index + all.length).slice(0, length)) as ChromaRequest["body"] };
    },
  );
}

describe("what Chroma is asked, byte for byte", () => {
  it("is for the nearest few to a vector, never for everything", { timeout: TEST_MS }, async () => {
    const collection = `wire-${String(process.pid)}-${String(Date.now())}`;
    const wire = await wireTo(chromaUrl());
    onTestFinished(() => wire[Symbol.asyncDispose]());
    onTestFinished(() => dropCollections(collection));
    const palace = await filled(await backends.chroma.open({ url: wire.url, collection, timeoutMs }, memoryPorts()));
    await palace.query("no space left", 5);
    const sent = await said(wire, () => palace.query("is the disk without room", 5));
    const requests = requestsIn(sent);
    const searches = requests.filter(({ path: to }) => to.endsWith("/query")).map(({ body }) => body);
    // By words, in our own lexical vector, and by meaning, in the embedder's.
    const sizes = searches.flatMap(({ query_embeddings: asked }) => asked?.map(({ length }) => length));
    expect(sizes.toSorted((a, b) => Number(a) - Number(b))).toEqual([16, 1024]);
    for (const { n_results: limit } of searches) expect(limit).toBeLessThan(ITEMS);
    // What else is fetched is named, id by id.
    const fetched = requests.filter(({ path: to }) => to.endsWith("/get")).map(({ body }) => body);
    for (const { ids } of fetched) expect(ids?.length).toBeLessThan(ITEMS);
  });
});

describe("what Neo4j is asked, byte for byte", () => {
  const statements = (sent: string) =>
    [...sent.matchAll(/(?:CALL db\.|(?:OPTIONAL )?MATCH \()[\x20-\x7e\n]+/g)].map(([text]) => text);
  /** The values of a parameter, as the protocol writes whole numbers of at most two bytes. */
  const numbersOf = (sent: string, name: string) =>
    [...sent.matchAll(new RegExp(`[\\x80-\\x8f]${name}(\\xc9[\\s\\S]{2}|\\xc8[\\s\\S]|[\\x00-\\x7f])`, "g"))].map(
      ([, packed = ""]) => {
        const bytes = Buffer.from(packed, "latin1");
        return bytes.length === 3 ? bytes.readInt16BE(1) : bytes.readInt8(bytes.length - 1);
      },
    );

  it("is a full-text and a vector query with a limit, and a walk of MATCHes with one each", {
    timeout: TEST_MS,
  }, async () => {
    await emptyNeo4j();
    const wire = await wireTo(neo4jUrl());
    onTestFinished(() => wire[Symbol.asyncDispose]());
    const palace = await filled(await backends.neo4j.open({ url: wire.url, timeoutMs }, memoryPorts()));
    await palace.query("no space left", 5);

    const asked = await said(wire, () => palace.query("is the disk without room", 5));
    const searches = statements(asked);
    expect(searches.filter((text) => text.startsWith("CALL db.index.fulltext.queryNodes"))).toHaveLength(1);
    expect(searches.filter((text) => text.startsWith("CALL db.index.vector.queryNodes"))).toHaveLength(1);
    for (const text of searches) expect(text).toMatch(/ LIMIT \$limit|\.id IN \$ids|:AiosMemory \{id: 'memory'\}/);
    const limits = numbersOf(asked, "limit");
    expect(limits.length).toBeGreaterThanOrEqual(2);
    for (const limit of limits) expect(limit).toBeLessThan(ITEMS);

    const walked = await said(wire, () => palace.neighbours("k0", { depth: 4 }));
    const walks = statements(walked);
    expect(walks.filter((text) => /^MATCH \(a:Item\)-\[r:LINK\]-[\s\S]* LIMIT \$limit/.test(text))).toHaveLength(4);
    for (const text of walks) expect(text).toMatch(/ LIMIT \$limit|\.id IN \$ids|:AiosMemory \{id: 'memory'\}/);
  });
});
