import { access } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ConfigInput } from "../../../src/index.ts";
import { TestEngine } from "../../support/engine.ts";
import { type ServerName, startServer, stopServer } from "../support/outage.ts";
import { chromaUrl, neo4jUrl } from "../support/servers.ts";
import { emptyNeo4j } from "../support/stores.ts";

const urls: Record<ServerName, () => string> = { neo4j: neo4jUrl, chroma: chromaUrl };
const collection = `outage-${String(process.pid)}`;

function configOf(name: ServerName): ConfigInput {
  const url = urls[name]();
  if (name === "neo4j") return { memory: { backend: name, neo4j: { url, timeoutMs: 5_000 } } };
  return { memory: { backend: name, chroma: { url, collection, timeoutMs: 5_000 } } };
}

async function readiness(test: TestEngine): Promise<{ readonly ready: boolean; readonly degraded: readonly string[] }> {
  const answer = await fetch(`${test.engine.url ?? ""}/readyz`);
  return (await answer.json()) as { readonly ready: boolean; readonly degraded: readonly string[] };
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

describe.each<ServerName>(["chroma", "neo4j"])("an engine whose memory is on %s", (name) => {
  it("goes on while the server is away, keeps what is written over a restart, and delivers it once", async () => {
    if (name === "neo4j") await emptyNeo4j();
    const url = urls[name]();
    onTestFinished(() => startServer(name, url));
    const config = configOf(name);
    const first = await TestEngine.open({ config, http: true });
    const client = await first.client();
    const store = async (key: string, content: string) =>
      (await client.memory.items.$post({ json: { key, content } })).status;
    expect(await store("disk", "The build fails when the disk of the runner is full.")).toBe(201);
    expect(await store("net", "The proxy refuses uploads above 10 MiB.")).toBe(201);
    expect(await readiness(first)).toMatchObject({ ready: true, degraded: [] });

    await stopServer(name);
    expect(await store("cert", "An expired certificate refuses every request.")).toBe(201);
    expect(await store("disk", "The build fails when the disk is full: empty the cache.")).toBe(201);
    const said = await readiness(first);
    expect(said).toMatchObject({ ready: true, degraded: [expect.stringContaining("2 writes wait")] });
    expect(said.degraded[0]).toContain(new URL(url).host);
    const away = await (await client.memory.query.$post({ json: { text: "disk full or expired certificate" } })).json();
    expect(away.items.map(({ key }) => key).sort()).toEqual(expect.arrayContaining(["cert", "disk"]));
    expect(away.note).toMatch(/away/);
    // What only the server could tell is not made up.
    expect((await client.memory.items[":key"].$get({ param: { key: "never-seen" }, query: {} })).status).toBe(503);
    expect((await client.memory.items[":key"].$delete({ param: { key: "net" }, query: {} })).status).toBe(503);
    const outbox = path.join(first.dataDir, "memory", `outbox-${name}.jsonl`);
    expect(await exists(outbox)).toBe(true);
    await first.engine.stop();

    const second = await TestEngine.open({ config, http: true, dataDir: first.dataDir });
    expect((await readiness(second)).degraded[0]).toContain("2 writes wait");
    await startServer(name, url);
    await expect.poll(async () => (await readiness(second)).degraded, { timeout: 90_000 }).toEqual([]);
    const again = await second.client();
    const found = await (await again.memory.query.$post({ json: { text: "disk cache certificate proxy" } })).json();
    expect(found.note).toBeUndefined();
    expect(found.items.map(({ key }) => key).sort()).toEqual(["cert", "disk", "net"]);
    expect(found.items.find(({ key }) => key === "disk")?.content).toContain("empty the cache");
    expect(await exists(outbox)).toBe(false);
  }, 240_000);
});
