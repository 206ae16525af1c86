import { existsSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Embedder } from "../../../src/memory/embedders/kind.ts";
import { embedderSource } from "../../../src/memory/embedders/source.ts";
import { understands } from "../../../src/memory/meaning/scripts.ts";
import { openMovable } from "../../../src/memory/open.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { cosine, embedderContract } from "../../support/embedder-contract.ts";
import { embedderPorts } from "../../support/embedder-ports.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { modelDirectory } from "../support/servers.ts";

const lessons = {
  disk: "ENOSPC: no space left on device. Delete rotated logs, then enlarge the volume.",
  tls: "x509 handshake refused: renew the certificate before it expires",
  rate: "HTTP 429 from the upstream: back off and lower the concurrency",
  memory: "The worker was ended by the kernel (OOM): lower the batch size",
} as const;
const QUESTION = "the box ran out of room";

const sourceOf = () =>
  embedderSource({ embedder: "transformers", options: { path: modelDirectory() } }, embedderPorts());

let model: Embedder;
beforeAll(async () => {
  const opened = await (await sourceOf())?.open();
  if (opened === undefined) throw new Error("nothing is embedded");
  model = opened;
});

it("has the model that `npm run services -- install model` prepares", () => {
  expect(existsSync(path.join(modelDirectory(), "Xenova/all-MiniLM-L6-v2/onnx/model_quantized.onnx"))).toBe(true);
});

embedderContract("transformers", () => Promise.resolve(model));

describe("the real sentence model", () => {
  it("is the one it says it is: its distances are those that were published, as far as int8 keeps them", async () => {
    const texts = [
      "That is a happy person",
      "That is a happy dog",
      "That is a very happy person",
      "Today is a sunny day",
    ];
    const [person, ...others] = await model.embed(texts, "passage");
    const found = others.map((other) => cosine(person, other));
    [0.6946, 0.9429, 0.2569].forEach((published, at) => {
      expect(Math.abs((found[at] ?? 0) - published)).toBeLessThan(0.04);
    });
  });

  it("is known to have learned English alone", () => {
    expect(model.model).toMatchObject({ dimension: 384, dtype: "q8", scripts: ["Latin"] });
    expect(understands(model.model.scripts, "代理超时怎么办")).toBe(false);
  });

  it("finds the lesson that shares no word with the question, which words alone do not", async () => {
    const first = async (embedder: Awaited<ReturnType<typeof sourceOf>>) => {
      const directory = await tempDir();
      const places = { backend: "json", directory, options: () => ({ path: directory }), embedder };
      await using palace = await openMovable(places, { ...memoryPorts(), hash: nodeHash });
      for (const [key, content] of Object.entries(lessons)) await palace.store(key, content);
      await palace.embedder.settled();
      const { items, signals } = await palace.query(QUESTION);
      return { key: items[0]?.key, signals };
    };
    expect(await first(await sourceOf())).toMatchObject({ key: "disk", signals: expect.arrayContaining(["meaning"]) });
    expect((await first(undefined)).key).not.toBe("disk");
  });
});
