import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Client, TestEngine } from "../../support/engine.ts";

/** An engine with the memory of an operator and of two agents, each with a token of its own. */
async function open() {
  const test = await TestEngine.open({ http: true });
  const operator = await test.client();
  const agent = async (name: string) => {
    const made = await operator.tokens.$post({ json: { role: "agent", agent: name } });
    const { token } = (await made.json()) as { readonly token: string };
    return test.client(token);
  };
  return { test, operator, ann: await agent("ann"), bob: await agent("bob") };
}

async function store(client: Client, key: string, content: string, more: Readonly<Record<string, string>> = {}) {
  const response = await client.memory.items.$post({ json: { key, content, ...more } });
  expect([response.status, key]).toEqual([201, key]);
}

const keysOf = async (client: Client, text: string) => {
  const response = await client.memory.query.$post({ json: { text } });
  return (await response.json()).items.map(({ key }) => key);
};
const statusOf = async (asked: Promise<{ readonly status: number }>) => (await asked).status;

describe("memory over HTTP", () => {
  it("stores, finds by words, changes and forgets an item, and tells the journal names and hashes only", async () => {
    const { test, operator } = await open();
    await store(operator, "disk", "The build fails when the disk of the runner is full.", { title: "Full disk" });
    await store(operator, "net", "The proxy refuses uploads above 10 MiB.");
    expect((await keysOf(operator, "why did the build fail on a full disk"))[0]).toBe("disk");
    const patched = await operator.memory.items[":key"].$patch({
      param: { key: "disk" },
      query: {},
      json: { category: "build" },
    });
    expect(await patched.json()).toMatchObject({ title: "Full disk", category: "build" });
    const gone = await operator.memory.items[":key"].$delete({ param: { key: "disk" }, query: {} });
    expect(gone.status).toBe(200);
    expect(await keysOf(operator, "full disk")).not.toContain("disk");
    await test.until("memory.forgotten");
    expect(test.told("memory.stored").map(({ data }) => data.key)).toEqual(["disk", "net", "disk"]);
    expect(JSON.stringify(test.events)).not.toMatch(/runner|proxy/);
  });

  it("leaves the same event for what the library forgets, on whoever's behalf", async () => {
    const { test, operator } = await open();
    const { memory } = test.engine;
    const agent = memory.as({ kind: "agent", id: "a" });
    await store(operator, "over-http", "The build fails when the disk is full.");
    await memory.store("over-library", "The proxy refuses uploads.");
    await agent.store("over-agent", "A note of its own.");
    await operator.memory.items[":key"].$delete({ param: { key: "over-http" }, query: {} });
    expect(await memory.forget("over-library")).toBe(true);
    expect(await memory.forget("over-library")).toBe(false);
    expect(await agent.forget("over-agent")).toBe(true);
    await expect.poll(() => test.told("memory.forgotten").length).toBe(3);
    const told = test.told("memory.forgotten").map(({ subject, data, principal }) => ({ subject, principal, ...data }));
    expect(told.slice(1)).toEqual([
      { subject: "memory/over-library", principal: "library", key: "over-library", space: "shared", by: "library" },
      { subject: "memory/over-agent", principal: "agent:a", key: "over-agent", space: "agent:a", by: "agent:a" },
    ]);
    expect(Object.keys(told[0] ?? {}).sort()).toEqual(Object.keys(told[1] ?? {}).sort());
  });

  it("links items and walks from one to another", async () => {
    const { test, operator } = await open();
    for (const key of ["a", "b", "c", "lonely"]) await store(operator, key, `item ${key}`);
    for (const [from, to] of [
      ["a", "b"],
      ["b", "c"],
    ] as const)
      await operator.memory.links.$post({ json: { from, to, relation: "causes", evidence: ["seen twice"] } });
    expect((await test.until("memory.linked")).data).toMatchObject({ from: "a", to: "b", space: "shared" });
    const near = await operator.memory.items[":key"].neighbours.$get({ param: { key: "a" }, query: { depth: "2" } });
    expect((await near.json()).nodes).toMatchObject([
      { key: "a", distance: 0 },
      { key: "b", distance: 1 },
      { key: "c", distance: 2 },
    ]);
    const way = await operator.memory.path.$post({ json: { from: "a", to: "c" } });
    expect((await way.json()).nodes.map(({ key }) => key)).toEqual(["a", "b", "c"]);
    const none = await operator.memory.path.$post({ json: { from: "a", to: "lonely" } });
    expect(await none.json()).toEqual({ nodes: [], links: [] });
    await operator.memory.links.$delete({ json: { from: "a", to: "b" } });
    const cut = await operator.memory.path.$post({ json: { from: "a", to: "c" } });
    expect((await cut.json()).nodes).toEqual([]);
  });

  it("shows an agent neither another's items nor that they are there, whatever it asks", async () => {
    const { operator, ann, bob } = await open();
    await store(ann, "secret", "The password of the staging database is in the vault.");
    await store(operator, "everybody", "The staging database moves on Monday.");
    expect(await keysOf(ann, "staging database")).toHaveLength(2);
    expect(await keysOf(bob, "staging database")).toEqual(["everybody"]);
    const param = { key: "secret" };
    expect(await statusOf(bob.memory.items[":key"].$get({ param, query: {} }))).toBe(404);
    expect(await statusOf(bob.memory.items[":key"].$get({ param, query: { space: "agent:ann" } }))).toBe(404);
    expect(await statusOf(bob.memory.items[":key"].$patch({ param, query: {}, json: { title: "mine" } }))).toBe(404);
    expect(await statusOf(bob.memory.items[":key"].$delete({ param, query: {} }))).toBe(404);
    expect(await statusOf(bob.memory.items[":key"].neighbours.$get({ param, query: {} }))).toBe(404);
    expect(await statusOf(bob.memory.items.$post({ json: { key: "x", content: "x", space: "agent:ann" } }))).toBe(403);
    expect(await statusOf(bob.memory.items.$post({ json: { key: "x", content: "x", space: "shared" } }))).toBe(403);
    expect(await statusOf(bob.memory.export.$post({ json: {} }))).toBe(403);
    const listed = await bob.memory.items.$get({ query: {} });
    expect((await listed.json()).items.map(({ key }) => key)).toEqual(["everybody"]);
    expect(await keysOf(operator, "staging database")).toHaveLength(2);
  });

  it("lets two agents use one key without meeting", async () => {
    const { ann, bob } = await open();
    await store(ann, "plan", "ann's plan");
    await store(bob, "plan", "bob's plan");
    for (const [client, content] of [
      [ann, "ann's plan"],
      [bob, "bob's plan"],
    ] as const) {
      const found = await client.memory.items[":key"].$get({ param: { key: "plan" }, query: {} });
      expect(await found.json()).toMatchObject({ content });
    }
  });

  it("shares an item with another agent's space and takes that back", async () => {
    const { ann, bob } = await open();
    await store(ann, "hint", "Restart the worker twice.");
    const param = { key: "hint" };
    await ann.memory.items[":key"].share.$post({ param, json: { with: "agent:bob" } });
    expect(await keysOf(bob, "restart worker")).toEqual(["hint"]);
    expect(await statusOf(bob.memory.items[":key"].$patch({ param, query: {}, json: { title: "x" } }))).not.toBe(200);
    await ann.memory.items[":key"].share.$post({ param, json: { with: "agent:bob", revoke: true } });
    expect(await keysOf(bob, "restart worker")).toEqual([]);
  });

  it("remembers whether an item helped", async () => {
    const { operator } = await open();
    await store(operator, "tip", "Clear the cache first.");
    const judge = async (helped: boolean) => {
      const response = await operator.memory.feedback.$post({ json: { key: "tip", helped } });
      return (await response.json()).confidence ?? 0;
    };
    const good = await judge(true);
    expect(good).toBeGreaterThan(0.5);
    expect(await judge(false)).toBeLessThan(good);
  });

  it("is taken to another engine whole, and refused there when it was changed on the way", async () => {
    const { operator } = await open();
    await store(operator, "a", "first item");
    await store(operator, "b", "second item");
    await operator.memory.links.$post({ json: { from: "a", to: "b", relation: "precedes" } });
    const exported = await (await operator.memory.export.$post({ json: {} })).json();
    const elsewhere = await (await TestEngine.open({ http: true })).client();
    const forged = { ...exported, items: exported.items.map((item) => ({ ...item, content: "forged" })) };
    const refused = await elsewhere.memory.import.$post({ json: forged });
    expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [{ path: "checksum" }] }]);
    expect(await keysOf(elsewhere, "item")).toEqual([]);
    const imported = await elsewhere.memory.import.$post({ json: exported });
    expect(await imported.json()).toMatchObject({ items: 2, links: 1 });
    expect((await keysOf(elsewhere, "item")).sort()).toEqual(["a", "b"]);
    const again = await (await elsewhere.memory.export.$post({ json: {} })).json();
    expect(again.checksum).toBe(exported.checksum);
  });

  it("is taken to another engine as JSON lines too, and nothing of it when a line is broken", async () => {
    const { test, operator } = await open();
    await store(operator, "a", "first item");
    await store(operator, "b", "second item");
    await operator.memory.links.$post({ json: { from: "a", to: "b", relation: "precedes" } });
    const elsewhere = await TestEngine.open({ http: true });
    const ask = async (engine: TestEngine, verb: string, headers: Record<string, string>, body: string) => {
      const token = await readFile(path.join(engine.dataDir, "operator.token"), "utf8");
      const authorization = `Bearer ${token.trim()}`;
      const to = new URL(`/api/v1/memory/${verb}`, engine.engine.url);
      return fetch(to, { method: "POST", headers: { authorization, ...headers }, body });
    };
    const taken = await ask(
      test,
      "export",
      { "content-type": "application/json", accept: "application/x-ndjson" },
      "{}",
    );
    expect(taken.headers.get("content-type")).toContain("application/x-ndjson");
    const lines = await taken.text();
    const [head = "", ...entries] = lines
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(head).toMatchObject({ format: 1, checksum: expect.any(String) });
    expect(entries.map((entry) => Object.keys(entry as object).join())).toEqual(["item", "item", "link"]);
    const bring = (body: string) => ask(elsewhere, "import", { "content-type": "application/x-ndjson" }, body);
    const broken = await bring(lines.replace('{"link":', '{"link"'));
    expect([broken.status, await broken.json()]).toMatchObject([
      400,
      { errors: [{ path: "line 4", message: "is not JSON" }] },
    ]);
    const forged = await bring(lines.replace("second item", "another one"));
    expect([forged.status, await forged.json()]).toMatchObject([400, { errors: [{ path: "checksum" }] }]);
    expect(await keysOf(await elsewhere.client(), "item")).toEqual([]);
    const brought = await bring(lines);
    expect([brought.status, await brought.json()]).toMatchObject([200, { items: 2, links: 1 }]);
  });

  it("survives a restart", async () => {
    const { test, operator } = await open();
    await store(operator, "kept", "This stays.");
    await test.stop();
    const again = await TestEngine.open({ http: true, dataDir: test.dataDir });
    expect(await keysOf(await again.client(), "stays")).toEqual(["kept"]);
  });
});
