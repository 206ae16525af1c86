import { createServer, type Server, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ConfigInput } from "../../../src/index.ts";
import { TestEngine } from "../../support/engine.ts";

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A port where somebody listens who never says a word. */
async function silentPort(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listening(server);
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

type Name = "chroma" | "neo4j";
const configOf = (name: Name, port: number): ConfigInput => ({
  memory:
    name === "chroma"
      ? { backend: name, chroma: { url: `http://127.0.0.1:${String(port)}`, timeoutMs: 300 } }
      : { backend: name, neo4j: { url: `bolt://127.0.0.1:${String(port)}`, timeoutMs: 300 } },
});

describe.each<[Name, string, () => Promise<number>]>([
  ["chroma", "nobody listens", closedPort],
  ["chroma", "nobody answers", silentPort],
  ["neo4j", "nobody listens", closedPort],
  ["neo4j", "nobody answers", silentPort],
])("an engine whose %s is configured where %s", (name, _, portOf) => {
  it("starts, says that its memory is degraded and where, and takes writes", async () => {
    const port = await portOf();
    const test = await TestEngine.open({ config: configOf(name, port), http: true });
    const client = await test.client();
    const stored = await client.memory.items.$post({ json: { key: "a", content: "the disk is full" } });
    expect(stored.status).toBe(201);
    const state = await (await fetch(`${test.engine.url ?? ""}/readyz`)).json();
    expect(state).toMatchObject({ ready: true, degraded: [expect.stringContaining(`127.0.0.1:${String(port)}`)] });
    // Where to look is a server's, and never a page's in a browser, as a client's own words may be.
    expect(JSON.stringify(state)).not.toMatch(/browser|CORS/);
    const answer = await (await client.memory.query.$post({ json: { text: "disk" } })).json();
    expect(answer).toMatchObject({ items: [{ key: "a" }], note: expect.stringContaining("away") });
    const gone = await client.memory.items[":key"].$delete({ param: { key: "a" }, query: {} });
    expect(gone.status).toBe(503);
  });
});

describe("a memory server whose address is none", () => {
  it.each([
    [{ memory: { backend: "chroma", chroma: { url: "localhost:8000" } } }, "memory.chroma.url"],
    [{ memory: { backend: "neo4j", neo4j: { url: "http://localhost:7474" } } }, "memory.neo4j.url"],
    [{ memory: { backend: "neo4j", neo4j: { url: "bolt://me:secret@localhost" } } }, "memory.neo4j.url"],
  ] satisfies [ConfigInput, string][])("is named before anything starts (%#)", async (config, at) => {
    await expect(TestEngine.open({ config })).rejects.toMatchObject({
      code: "config.invalid",
      faults: [{ path: at, message: expect.stringContaining("a URL as") }],
    });
  });
});
