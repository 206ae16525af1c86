import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { ConfigInput } from "../../../src/index.ts";
import { embedderFixtures, vectorOf } from "../../support/concepts.ts";
import { embeddingServer } from "../../support/embedding-server.ts";
import { TestEngine } from "../../support/engine.ts";

const concepts = path.join(embedderFixtures, "concepts.mjs");
const configured = (embedder: string, embedders: object): ConfigInput => ({ memory: { embedder, embedders } });
const own = () => configured(concepts, { own: { model: "one" } });
const QUESTION = "the box ran out of room";
const CHINESE = "代理超时怎么办";
const BY_WORDS = ["words", "grams", "standing", "diversity"];

const lessons = {
  disk: "ENOSPC: remove old logs, then restart the worker",
  tls: "TLS handshake refused: renew it",
  proxy: "The proxy ran out of time: its timeout was shorter than the answer took",
} as const;

async function filled(config: ConfigInput, dataDir?: string) {
  const engine = await TestEngine.open({ config, http: true, ...(dataDir === undefined ? {} : { dataDir }) });
  const { memory } = await engine.client();
  if (dataDir === undefined)
    for (const [key, content] of Object.entries(lessons)) await memory.items.$post({ json: { key, content } });
  const ready = async () => (await fetch(new URL("/readyz", engine.engine.url))).json();
  const ask = async (text: string) => (await memory.query.$post({ json: { text } })).json();
  const status = async () => (await memory.embedder.$get()).json();
  return { engine, memory, ready, ask, status };
}

/** Everything that the stream says until it ends. */
async function progressOf({ engine, dataDir }: TestEngine): Promise<readonly unknown[]> {
  const token = (await readFile(path.join(dataDir, "operator.token"), "utf8")).trim();
  const url = new URL("/api/v1/memory/embedder/progress", engine.url);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  const text = await response.text();
  return [...text.matchAll(/^event: progress\ndata: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data) as unknown);
}

describe("search by meaning over HTTP", () => {
  it("finds the lesson that shares no word with the question, and the English one by a Chinese question", async () => {
    const { engine, ask, status } = await filled(own());
    await progressOf(engine);
    expect(await status()).toMatchObject({
      embedder: "concepts",
      state: "ready",
      model: { name: "one", dtype: "f32", dimension: 16, scripts: ["Latin"] },
      items: 3,
      embedded: 3,
      lacking: 0,
      others: [],
    });
    const found = await ask(QUESTION);
    expect(found.items[0]?.key).toBe("disk");
    expect(found.signals).toEqual(["meaning", ...BY_WORDS]);
    const chinese = await ask(CHINESE);
    expect(chinese.items[0]?.key).toBe("proxy");
    expect(chinese.signals).toEqual(BY_WORDS);
  });

  it("answers by words without an embedder: the glossary finds the English lesson, and not the other first", async () => {
    const { ask, status, memory } = await filled({});
    expect((await ask(CHINESE)).items[0]?.key).toBe("proxy");
    expect((await ask(QUESTION)).items[0]?.key).not.toBe("disk");
    expect(await status()).toMatchObject({ embedder: "none", state: "off", items: 3, lacking: 3, others: [] });
    const refused = await memory.embedder.reindex.$post({ json: {} });
    expect([refused.status, await refused.json()]).toMatchObject([409, { type: expect.stringContaining("conflict") }]);
  });

  it("says what is under way when the embedder is another one than before, and answers by words until it is done", async () => {
    const first = await filled(own());
    await progressOf(first.engine);
    await first.engine.stop();

    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await embeddingServer(async (texts) => {
      if (texts[0] !== "dimension") await held;
      return texts.map((text) => vectorOf(text));
    });
    const config = configured("http", { http: { url: server.url, model: "two" } });
    const { engine, ready, ask, status } = await filled(config, first.engine.dataDir);
    await expect.poll(() => server.requests.length).toBe(2);
    const note = expect.stringMatching(
      /another one than before: 0 of 3 items have a vector of two .*, and those of before \(3 of one f32 16\) are not used/,
    );
    expect(await status()).toMatchObject({
      state: "embedding",
      model: { name: "two" },
      embedded: 0,
      lacking: 3,
      others: [{ by: "one f32 16", items: 3 }],
      note,
    });
    expect(await ask(QUESTION)).toMatchObject({ signals: BY_WORDS, note });
    expect(await ready()).toMatchObject({ ready: true, degraded: [note] });
    release();
    const told = await progressOf(engine);
    expect(told.at(-1)).toMatchObject({ state: "ready", embedded: 3, waiting: 0 });
    expect(await status()).toMatchObject({ state: "ready", embedded: 3, lacking: 0, others: [] });
    expect(await ready()).toMatchObject({ degraded: [] });
    expect((await ask(QUESTION)).signals).toContain("meaning");
  });

  it("embeds everything anew when the operator says so, and tells the journal who did", async () => {
    const { engine, memory } = await filled(own());
    await progressOf(engine);
    const begun = await memory.embedder.reindex.$post({ json: { anew: true } });
    expect(begun.status).toBe(202);
    const told = await progressOf(engine);
    expect(told.at(-1)).toMatchObject({ state: "ready", embedded: 3, waiting: 0 });
    const [event] = engine.told("memory.embedder_ordered");
    expect(event?.data).toMatchObject({ order: "reindex_anew", by: expect.stringMatching(/^operator:/) });
    const fetched = await memory.embedder.download.$post();
    expect([fetched.status, await fetched.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining("needs nothing that could be downloaded") },
    ]);
  });

  it("names the files of the model that are missing, and why its hub gave none", async () => {
    const transformers = { model: "Xenova/none", hub: "http://127.0.0.1:9" };
    const config = configured("transformers", { transformers });
    const { engine, memory, status, ask } = await filled(config);
    await progressOf(engine);
    const why = expect.stringMatching(
      /no whole model in .*Xenova\/none: config\.json, .*model_quantized\.onnx missing/,
    );
    expect(await status()).toMatchObject({ state: "failed", why });
    expect((await memory.embedder.download.$post()).status).toBe(202);
    await progressOf(engine);
    expect((await status()).download).toMatchObject({
      state: "failed",
      why: expect.stringMatching(
        /cannot be fetched from http:\/\/127\.0\.0\.1:9: .*put config\.json, .* into .*Xenova\/none/,
      ),
    });
    expect((await ask("ENOSPC")).items[0]?.key).toBe("disk");
  });

  it("is the operator's affair: an agent is refused, and learns no counts", async () => {
    const { engine, memory } = await filled(own());
    await engine.agent("coder", ["node", "-e", ""]);
    const client = await engine.client();
    const made = await client.tokens.$post({ json: { role: "agent", agent: "coder" } });
    const { token } = (await made.json()) as { token: string };
    const agent = (await engine.client(token)).memory.embedder;
    expect((await agent.$get()).status).toBe(403);
    expect((await agent.reindex.$post({ json: {} })).status).toBe(403);
    expect((await agent.download.$post()).status).toBe(403);
    expect((await memory.embedder.$get()).status).toBe(200);
  });
});
