import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { configure } from "../../../src/config/configure.ts";
import { memoryEmbedder, memoryPlaces } from "../../../src/config/memory-places.ts";
import { embedders } from "../../../src/memory/embedders/index.ts";
import { fingerprintOf } from "../../../src/memory/embedders/kind.ts";
import { embedderSource } from "../../../src/memory/embedders/source.ts";
import { openMovable } from "../../../src/memory/open.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { embedderFixtures, vectorOf } from "../../support/concepts.ts";
import { cosine, embedderContract } from "../../support/embedder-contract.ts";
import { embedderPorts } from "../../support/embedder-ports.ts";
import { embeddingServer } from "../../support/embedding-server.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";

const served = async (texts: readonly string[]) => texts.map((text) => vectorOf(text));

async function opened(embedder: string, options: unknown = {}) {
  const source = await embedderSource({ embedder, options }, embedderPorts(embedderFixtures));
  if (source === undefined) throw new Error("nothing is embedded");
  return source.open();
}

embedderContract("http", async () => opened("http", { url: (await embeddingServer(served)).url }));
embedderContract("user's own", () => opened("./concepts.mjs"));
const example = path.resolve(import.meta.dirname, "../../../examples/memory/embedder.mjs");
embedderContract("example's", () => opened(example));

describe("the embedder of the examples", () => {
  it("learns words from its options, and its vectors are then those of another model", async () => {
    const [plain, told] = [await opened(example), await opened(example, { families: [["box", "runner"]] })];
    expect(fingerprintOf(told.model)).not.toBe(fingerprintOf(plain.model));
    const nearness = async (embedder: Awaited<ReturnType<typeof opened>>) => {
      const [box, runner] = await embedder.embed(["box", "runner"], "passage");
      return cosine(box, runner);
    };
    expect(await nearness(plain)).toBeLessThan(0.9);
    expect(await nearness(told)).toBeCloseTo(1);
  });

  it("has a palace find the lesson that shares no word with the question", async () => {
    const memory = { embedder: example };
    const { config } = configure({ file: { path: "aios.config.json", content: { memory } }, env: {} });
    const directory = await tempDir();
    const ports = memoryPorts();
    const places = {
      ...memoryPlaces(config, directory),
      embedder: await memoryEmbedder(config, directory, embedderPorts()),
    };
    await using palace = await openMovable(places, { ...ports, hash: nodeHash });
    await palace.store("disk", "ENOSPC: delete rotated logs");
    await palace.store("tls", "x509: renew it");
    await palace.embedder.settled();
    expect((await palace.query("no room left", 1)).items.map(({ key }) => key)).toEqual(["disk"]);
  });
});

describe("the http embedder", () => {
  it("asks in batches, with its key, and puts the prefixes where the model wants them", async () => {
    const { url, requests } = await embeddingServer(served);
    const options = { url: `${url}/`, key: "secret", batch: 2, questionPrefix: "query: ", passagePrefix: "passage: " };
    const embedder = await opened("http", options);
    requests.length = 0;
    await embedder.embed(["a", "b", "c"], "passage");
    await embedder.embed(["d"], "question");
    expect(requests.map(({ input }) => input)).toEqual([["passage: a", "passage: b"], ["passage: c"], ["query: d"]]);
    expect(requests.every(({ authorization }) => authorization === "Bearer secret")).toBe(true);
  });

  it("tries again a bounded number of times what may pass, a question once, and what is wrong never", async () => {
    let status = 503;
    const { url, requests } = await embeddingServer(served, (at) => (at === 1 ? undefined : { status, body: "busy" }));
    const embedder = await opened("http", { url, attempts: 2 });
    requests.length = 0;
    const tries = async (as: "question" | "passage") => {
      requests.length = 0;
      const failure = expect.objectContaining({
        code: "embedder.unavailable",
        message: expect.stringContaining("busy"),
      });
      // The first request of all is answered; none of these is.
      requests.push({ authorization: undefined, input: [] });
      await expect(embedder.embed(["x"], as)).rejects.toEqual(failure);
      return requests.length - 1;
    };
    expect(await tries("passage")).toBe(2);
    expect(await tries("question")).toBe(1);
    status = 400;
    expect(await tries("passage")).toBe(1);
  });

  it("does not wait longer than it was told for a server that says nothing", async () => {
    const { url } = await embeddingServer(served, () => "silence");
    await expect(opened("http", { url, timeoutMs: 50, attempts: 1 })).rejects.toMatchObject({
      code: "embedder.unavailable",
      message: expect.stringContaining("did not answer within 50 ms"),
    });
  });

  it("refuses vectors of another size than the configuration says, and too few of them", async () => {
    const { url } = await embeddingServer(served);
    await expect(opened("http", { url, dimension: 384 })).rejects.toMatchObject({
      code: "embedder.invalid",
      message: expect.stringMatching(/vectors of 16 numbers, the configuration says 384/),
    });
    const short = await embeddingServer(async (texts) => (await served(texts)).slice(0, 1));
    const embedder = await opened("http", { url: short.url });
    await expect(embedder.embed(["a", "b"], "passage")).rejects.toMatchObject({ code: "embedder.invalid" });
  });
});

describe("the transformers embedder", () => {
  it("names every file of the model that is missing, and how to get it", async () => {
    const folder = await tempDir();
    await expect(opened("transformers", { path: folder })).rejects.toMatchObject({
      code: "embedder.unavailable",
      message: expect.stringMatching(
        /no whole model in .*all-MiniLM-L6-v2: config\.json, tokenizer\.json, tokenizer_config\.json, onnx\/model_quantized\.onnx missing\. Put it there/,
      ),
    });
  });
});

describe("an embedder of the user's own", () => {
  it("is told what the configuration says, and found from the directory the engine works in", async () => {
    const file = {
      path: "f",
      content: { memory: { embedder: "./concepts.mjs", embedders: { own: { model: "two" } } } },
    };
    const { config } = configure({ file, env: {} });
    const source = await memoryEmbedder(config, "/data", embedderPorts(embedderFixtures));
    expect((await source?.open())?.model.name).toBe("two");
  });

  it("has its vectors looked at before anybody uses them", async () => {
    const embedder = await opened("./concepts.mjs", { broken: "short" });
    await expect(embedder.embed(["x"], "passage")).rejects.toMatchObject({
      code: "embedder.invalid",
      message: expect.stringContaining("a vector of 3 numbers, where it has 16"),
    });
  });

  it("is refused by name when there is no such module, or it exports none", async () => {
    await expect(opened("transformer")).rejects.toMatchObject({
      code: "config.invalid",
      message: expect.stringMatching(/"transformer" is no embedder: there are http, none, transformers, and no module/),
    });
    const folder = await tempDir();
    const file = path.join(folder, "empty.mjs");
    await writeFile(file, "export const embedder = { name: 'x' };");
    await expect(opened(file)).rejects.toMatchObject({
      code: "config.invalid",
      message: expect.stringContaining("open: a function"),
    });
  });
});

it("names a model with another type of weights, size or form otherwise", () => {
  const model = { name: "m", dtype: "q8", dimension: 3, scripts: "any" } as const;
  const names = [model, { ...model, dtype: "fp32" }, { ...model, dimension: 4 }, { ...model, form: "cls" }].map(
    fingerprintOf,
  );
  expect(new Set(names).size).toBe(names.length);
});

it("knows each kind by the name under which it is configured", () => {
  for (const [name, kind] of Object.entries(embedders)) expect(kind.name).toBe(name);
});
