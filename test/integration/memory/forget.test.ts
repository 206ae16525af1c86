import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Client, TestEngine } from "../../support/engine.ts";
import { failing } from "../../support/failing-agent.ts";
import { tempDir } from "../../support/temp-dir.ts";

const SECRET = "zq-the-vault-is-behind-the-painting";

/** The files below a directory that hold a text, compressed ones not among them. */
async function filesWith(text: string, directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  const held = await Promise.all(files.map(async (file) => (await readFile(file, "utf8")).includes(text)));
  return files.filter((_, at) => held[at]).map((file) => path.relative(directory, file));
}

const remove = async (client: Client, key: string) =>
  (await client.memory.items[":key"].$delete({ param: { key }, query: {} })).status;

describe("what was forgotten", () => {
  it("stands in no file of the data directory and in no answer, whatever was done with it before", async () => {
    const dataDir = path.join(await tempDir(), "data");
    const first = await TestEngine.open({ http: true, dataDir });
    const client = await first.client();
    const content = `Where it is: ${SECRET}`;
    await client.memory.items.$post({
      json: { key: "vault", content, title: SECRET, tags: [SECRET], category: SECRET },
    });
    await client.memory.items.$post({ json: { key: "vault-2", content: `${content}, again` } });
    await client.memory.items.$post({ json: { key: "other", content: "The kitchen is on the left." } });
    await client.memory.links.$post({
      json: { from: "other", to: "vault", relation: "related_to", evidence: [SECRET] },
    });
    await client.memory.items[":key"].share.$post({ param: { key: "vault" }, json: { with: "agent:ann" } });
    await client.memory.items[":key"].merge.$post({
      param: { key: "vault" },
      json: { duplicate: "vault-2", why: SECRET },
    });
    await client.memory.feedback.$post({ json: { key: "vault", helped: true, note: SECRET } });
    const once = { headers: { "idempotency-key": "once" } };
    const asked = () => client.memory.query.$post({ json: { text: "where is the vault" } }, once);
    expect(await (await asked()).text()).toContain(SECRET);
    expect(await filesWith(SECRET, dataDir)).not.toEqual([]);

    expect(await remove(client, "vault")).toBe(200);
    expect(await filesWith(SECRET, dataDir)).toEqual([]);
    const again = await asked();
    expect([again.status, (await again.text()).includes(SECRET)]).toEqual([409, false]);
    expect((await client.memory.items[":key"].$get({ param: { key: "vault-2" }, query: {} })).status).toBe(404);
    await first.stop();
    expect(await filesWith(SECRET, dataDir)).toEqual([]);
    const second = await TestEngine.open({ http: true, dataDir });
    const found = await (await second.client()).memory.query.$post({ json: { text: SECRET } });
    expect(await found.text()).not.toContain(SECRET);
  });

  it("is not repeated by an answer that is kept for its idempotency key, when a program forgot it", async () => {
    const engine = await TestEngine.open({ http: true });
    const client = await engine.client();
    const once = { headers: { "idempotency-key": "once" } };
    await client.memory.items.$post({ json: { key: "vault", content: SECRET } });
    const asked = () => client.memory.query.$post({ json: { text: "where is the vault" } }, once);
    expect(await (await asked()).text()).toContain(SECRET);
    expect(await engine.engine.memory.forget("vault")).toBe(true);
    await engine.until("memory.forgotten");
    const again = await asked();
    expect([again.status, (await again.text()).includes(SECRET)]).toEqual([409, false]);
  });

  it("stands neither in what was set aside nor in what a crash left behind", async () => {
    const dataDir = path.join(await tempDir(), "data");
    const first = await TestEngine.open({ http: true, dataDir });
    await (await first.client()).memory.items.$post({ json: { key: "vault", content: SECRET } });
    await first.stop();
    const memory = path.join(dataDir, "memory");
    const log = path.join(memory, "log-0.jsonl");
    const line = (await readFile(log, "utf8")).split("\n")[1] ?? "";
    await appendFile(log, `${line.replace('"version":1', '"version":"?"')}\n${line.slice(0, -30)}`);
    await writeFile(path.join(memory, ".snapshot.jsonl.0a1b2c3d4e5f.tmp"), `${line}\n`);
    const second = await TestEngine.open({ http: true, dataDir });
    const client = await second.client();
    await client.memory.items.$post({ json: { key: "other", content: "The kitchen is on the left." } });
    expect(await filesWith(SECRET, memory)).toEqual([
      "log-0.jsonl",
      expect.stringMatching(/^torn-/),
      expect.stringMatching(/^unreadable-/),
    ]);
    expect(await remove(client, "vault")).toBe(200);
    expect(await filesWith(SECRET, dataDir)).toEqual([]);
  });

  it("is not stored again by the engine, which goes on to count what the lesson was about", async () => {
    const first = await TestEngine.open({ http: true });
    await failing(first, "coder", "ENOENT: no such file or directory, open '/in/a.csv'", 3);
    const { key } = (await first.until("memory.stored", ({ data }) => data.kind === "lesson")).data;
    const client = await first.client();
    expect(await remove(client, key)).toBe(200);
    await first.stop();
    const second = await TestEngine.open({ http: true, dataDir: first.dataDir });
    await failing(second, "coder", "ENOENT: no such file or directory, open '/in/b.csv'", 1);
    await second.until("failure.observed", ({ data }) => data.tasks === 4);
    await second.stop();
    const third = await TestEngine.open({ http: true, dataDir: first.dataDir });
    const again = await third.client();
    expect((await again.memory.items[":key"].$get({ param: { key }, query: {} })).status).toBe(404);
    const lesson = await (await again.lessons[":id"].$get({ param: { id: key } })).json();
    expect(lesson).toMatchObject({ content: "", level: "draft" });
  });
});
