import path from "node:path";
import { expect, it } from "vitest";
import type { ConfigInput } from "../../../src/index.ts";
import { listeningEngine } from "../../support/cli.ts";
import { embedderFixtures } from "../../support/concepts.ts";

const configured = (embedder: string, embedders: object): ConfigInput => ({ memory: { embedder, embedders } });

async function withItems(config: ConfigInput) {
  const { ask } = await listeningEngine({ config });
  for (const key of ["a", "b", "c"]) await ask(["memory", "store", `the disk ${key} is full`, "--key", key]);
  return (...argv: string[]) => ask(["memory", "embedder", ...argv]);
}

it("reindexes with progress on standard error, and shows where it stands", async () => {
  const ask = await withItems(configured(path.join(embedderFixtures, "concepts.mjs"), { own: { model: "one" } }));
  const done = await ask("reindex", "--anew");
  expect(done.code).toBe(0);
  expect(done.err).toMatch(/^ready: 3 of 3 embedded$/m);
  const { out } = await ask();
  expect(out).toMatch(/^state +ready$/m);
  expect(out).toMatch(/^model +one$/m);
  expect(out).toMatch(/^weights +f32$/m);
  expect(out).toMatch(/^with a vector +3$/m);
  expect(out).toMatch(/^without +0$/m);
  const quiet = await ask("reindex", "--json");
  expect(quiet).toMatchObject({ code: 0, err: "" });
  expect(quiet.json()).toMatchObject({ state: "ready", items: 3, embedded: 3, lacking: 0, others: [] });
  expect((await ask("download")).err).toContain("needs nothing that could be downloaded");
  expect((await ask("reindex", "--no-wait")).code).toBe(0);
});

it("fails with the reason when the hub is not reached, naming the files that are missing", async () => {
  const transformers = { model: "Xenova/none", hub: "http://127.0.0.1:9" };
  const ask = await withItems(configured("transformers", { transformers }));
  const fetched = await ask("download");
  expect(fetched.code).toBe(1);
  expect(fetched.err).toMatch(/cannot be fetched from http:\/\/127\.0\.0\.1:9: .* put config\.json, /);
  const made = await ask("reindex", "--json");
  expect(made.code).toBe(1);
  expect(JSON.parse(made.err)).toMatchObject({
    error: { code: "embedder.unavailable", detail: expect.stringMatching(/config\.json, .* missing/) },
  });
  expect((await ask("status")).out).toMatch(/^download +failed: Xenova\/none cannot be fetched/m);
});

it("refuses words that it does not know", async () => {
  const ask = await withItems({});
  expect((await ask("rebuild")).code).toBe(2);
  expect((await ask("status", "--anew")).code).toBe(2);
  const none = await ask("reindex");
  expect([none.code, none.err]).toEqual([1, expect.stringContaining("memory.embedder")]);
});
