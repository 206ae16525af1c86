import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { configure } from "../../../src/config/configure.ts";
import { memoryPlaces } from "../../../src/config/memory-places.ts";
import { openOwn } from "../../../src/memory/backends/own.ts";
import { openMovable } from "../../../src/memory/open.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { nodeModules } from "../../../src/platform/modules.ts";
import { TestEngine } from "../../support/engine.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { backendContract } from "./backend-contract.ts";

const example = path.resolve(import.meta.dirname, "../../../examples/memory/backend.mjs");
const repository = path.resolve(import.meta.dirname, "../../..");

function openFrom(specifier: string, options: object, directory = repository) {
  const ports = memoryPorts();
  const ledger = () => Promise.reject(new Error("nothing is kept beside it"));
  return openOwn(specifier, options, { ports, modules: nodeModules(directory), names: ["json"], ledger });
}

backendContract(
  "example of one's own",
  async () => {
    const directory = await tempDir();
    return {
      open: () => openFrom("./examples/memory/backend.mjs", { path: directory }),
      dispose: () => rm(directory, { recursive: true, force: true }),
    };
  },
  "without vectors",
);

/** A module with this text, and what the engine says of it. */
async function refusalOf(text: string): Promise<unknown> {
  const directory = await tempDir();
  await writeFile(path.join(directory, "mine.mjs"), text);
  return openFrom("./mine.mjs", {}, directory).catch((failure: unknown) => failure);
}

describe("a backend of one's own, named in the configuration", () => {
  it("keeps what an engine stores, in its own way, and is found by the next start", async () => {
    const config = { memory: { backend: example, own: { file: "notes.json" } } };
    const first = await TestEngine.open({ config, http: true });
    const { memory } = await first.client();
    await memory.items.$post({ json: { key: "disk", content: "The disk is full: remove old logs" } });
    await memory.items.$post({ json: { key: "proxy", content: "The proxy times out above 10 MiB" } });
    await memory.links.$post({ json: { from: "disk", to: "proxy", relation: "related_to" } });
    await first.stop();
    const second = await TestEngine.open({ config, http: true, dataDir: first.dataDir });
    const client = (await second.client()).memory;
    const { items } = await (await client.query.$post({ json: { text: "is the disk full" } })).json();
    expect(items[0]?.key).toBe("disk");
    const missing = await client.links.$post({ json: { from: "disk", to: "nothing", relation: "causes" } });
    expect(missing.status).toBe(404);
  });

  it("may have two methods, with everything else kept in files", async () => {
    const directory = await tempDir();
    const module = `const texts = new Map();
      export const backend = { name: "plain", open: async () => ({
        store(key, { content }) { texts.set(key, content); },
        query(text, topK) { return [...texts.keys()].slice(0, topK); },
      }) };`;
    await writeFile(path.join(directory, "plain.mjs"), module);
    const { config } = configure({ file: { path: "f", content: { memory: { backend: "./plain.mjs" } } }, env: {} });
    const ports = { ...memoryPorts(), modules: nodeModules(directory), hash: nodeHash };
    await using palace = await openMovable(memoryPlaces(config, directory), ports);
    await palace.store("disk", "The disk is full");
    expect((await palace.query("full disk")).items.map(({ key }) => key)).toEqual(["disk"]);
  });

  it("is refused by file and by what is missing in it", async () => {
    expect(await refusalOf("export const other = 1;")).toMatchObject({
      code: "config.invalid",
      message: expect.stringMatching(
        /memory\.backend: "\.\/mine\.mjs" is no memory backend: the module exports no memory backend as `backend`/,
      ),
      faults: [{ path: "memory.backend" }],
    });
    expect(await refusalOf("export const backend = { name: 'x' };")).toMatchObject({
      message: expect.stringContaining("open: a function `open(options, ports)`"),
    });
    const half = "export const backend = { name: 'x', open: async () => ({ name: 'x', get() {}, upsert() {} }) };";
    expect(await refusalOf(half)).toMatchObject({
      message: expect.stringMatching(/nor all of the port: capabilities, getAll, remove, scan, .*close missing/),
    });
    await expect(openFrom("./nowhere.mjs", {})).rejects.toMatchObject({
      code: "config.invalid",
      message: expect.stringMatching(/there are json, and no module of that name can be loaded: .*nowhere\.mjs/),
    });
  });
});
