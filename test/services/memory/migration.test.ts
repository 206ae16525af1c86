import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import type { ConfigInput } from "../../../src/index.ts";
import { embedderFixtures } from "../../support/concepts.ts";
import { TestEngine } from "../../support/engine.ts";
import { chromaUrl, neo4jUrl } from "../support/servers.ts";
import { emptyNeo4j } from "../support/stores.ts";

const run = promisify(execFile);
const config = (): ConfigInput => ({
  memory: {
    backend: "json",
    embedder: path.join(embedderFixtures, "concepts.mjs"),
    neo4j: { url: neo4jUrl() },
    chroma: { url: chromaUrl(), collection: `moved-${String(process.pid)}` },
  },
});

describe("a memory that moves from files to Neo4j, on to Chroma and back", () => {
  it("arrives whole each time, answers alike, and is found by the next start", async () => {
    await emptyNeo4j();
    const first = await TestEngine.open({ config: config(), http: true });
    const client = await first.client();
    const texts = ["The disk is full: empty the cache.", "The proxy times out above 10 MiB.", "证书过期后请求被拒绝"];
    for (const [n, content] of texts.entries())
      await client.memory.items.$post({ json: { key: `k${String(n)}`, content, tags: ["t"] } });
    await client.memory.links.$post({ json: { from: "k0", to: "k1", relation: "causes", evidence: ["seen twice"] } });
    const ready = async () => {
      await expect.poll(async () => (await (await client.memory.embedder.$get()).json()).state).toBe("ready");
    };
    await ready();
    const ask = async () =>
      (await (await client.memory.query.$post({ json: { text: "证书 disk proxy" } })).json()).items.map(
        ({ key }) => key,
      );
    const before = await ask();
    expect(before).toHaveLength(3);
    const taken = await (await client.memory.export.$post({ json: {} })).json();

    for (const to of ["neo4j", "chroma"] as const) {
      const answer = await client.memory.migrate.$post({ json: { to } });
      expect([answer.status, await answer.json()]).toMatchObject([200, { to, items: 3, links: 1, vectors: 3 }]);
      await ready();
      expect(await ask()).toEqual(before);
      const meant = await (await client.memory.query.$post({ json: { text: "no room on the device" } })).json();
      expect([meant.items[0]?.key, meant.signals[0]]).toEqual(["k0", "meaning"]);
      expect((await (await client.memory.export.$post({ json: {} })).json()).checksum).toBe(taken.checksum);
    }
    const again = await client.memory.migrate.$post({ json: { to: "chroma" } });
    expect(again.status).toBe(409);
    await client.memory.items.$post({ json: { key: "late", content: "written on Chroma" } });
    await first.stop();

    const second = await TestEngine.open({ config: config(), http: true, dataDir: first.dataDir });
    const other = await second.client();
    const late = await other.memory.items[":key"].$get({ param: { key: "late" }, query: {} });
    expect(late.status).toBe(200);
    await second.stop();

    // Back into files without an engine; what was left there is an older part of the same memory.
    const file = path.join(path.dirname(first.dataDir), "aios.config.json");
    await writeFile(file, JSON.stringify({ ...config(), dataDir: first.dataDir }));
    const args = [inject("builtMain"), "memory", "migrate", "--to", "json", "--offline", "--json", "--config", file];
    const { stdout } = await run(process.execPath, args);
    expect(JSON.parse(stdout)).toMatchObject({ from: "chroma", to: "json", items: 4, links: 1 });
    const third = await TestEngine.open({ config: config(), http: true, dataDir: first.dataDir });
    const home = await third.client();
    const kept = await home.memory.items[":key"].$get({ param: { key: "late" }, query: {} });
    expect((await kept.json()) as { content: string }).toMatchObject({ content: "written on Chroma" });
  }, 120_000);
});
