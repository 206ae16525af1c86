import { cp, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { embedderSource } from "../../../src/memory/embedders/source.ts";
import { openMovable } from "../../../src/memory/open.ts";
import type { MemoryPalace } from "../../../src/memory/palace.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { vectorOf } from "../../support/concepts.ts";
import { embedderPorts } from "../../support/embedder-ports.ts";
import { type EmbeddingServer, embeddingServer, type Trouble } from "../../support/embedding-server.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";

const lessons = {
  disk: "ENOSPC: remove old logs, then restart the worker",
  tls: "TLS handshake refused: renew it",
  calm: "Nothing to do at night",
} as const;
const QUESTION = "the box ran out of room";

/** A memory in files with an embeddings server beside it. */
async function setting(trouble?: Trouble) {
  const server = await embeddingServer(async (texts) => texts.map((text) => vectorOf(text)), trouble);
  const directory = await tempDir();
  return { server, directory, open: (model = "one") => open(directory, server, model) };
}

async function open(directory: string, { url }: EmbeddingServer, model: string): Promise<MemoryPalace> {
  const options = { url, model, attempts: 1 };
  const embedder = await embedderSource({ embedder: "http", options }, embedderPorts());
  const places = { backend: "json", directory, options: () => ({ path: directory }), embedder };
  return openMovable(places, { ...memoryPorts(), hash: nodeHash });
}

async function fill(palace: MemoryPalace): Promise<void> {
  for (const [key, content] of Object.entries(lessons)) await palace.store(key, content);
  await palace.embedder.settled();
}

const asked = ({ requests }: EmbeddingServer) => requests.flatMap(({ input }) => input);

describe("a memory with an embedder", () => {
  it("finds a lesson that shares no word with the question, and says what the score is the sum of", async () => {
    const { open } = await setting();
    await using palace = await open();
    await fill(palace);
    const { items, signals, note } = await palace.query(QUESTION, { explain: true });
    expect(items[0]?.key).toBe("disk");
    expect(signals).toEqual(["meaning", "words", "grams", "standing", "diversity"]);
    expect(note).toBeUndefined();
    for (const { score, explain } of items) {
      const { meaning = 0, words = 0, grams = 0, standing = 0, diversity = 0 } = explain ?? {};
      const sum = meaning + words + grams + standing + diversity;
      expect(sum).toBeCloseTo(score, 10);
    }
    expect(items[0]?.explain?.meaning).toBeGreaterThan(0.3);
  });

  it("asks by words alone where most letters are of a script that the model has not learned", async () => {
    const { open, server } = await setting();
    await using palace = await open();
    await fill(palace);
    server.requests.length = 0;
    const { signals, items } = await palace.query("磁盘满了");
    expect(signals).toEqual(["words", "grams", "standing", "diversity"]);
    expect(items.every((item) => item.explain === undefined)).toBe(true);
    expect(server.requests).toEqual([]);
  });

  it("keeps vectors where they are when it is opened again, and embeds only what says something else", async () => {
    const { open, server } = await setting();
    {
      await using palace = await open();
      await fill(palace);
    }
    server.requests.length = 0;
    await using palace = await open();
    await palace.embedder.settled();
    expect(asked(server)).toEqual(["dimension"]);
    await palace.update("tls", { category: "network" });
    await palace.embedder.settled();
    expect(asked(server)).toEqual(["dimension", `network\n${lessons.tls}`]);
    expect((await palace.query(QUESTION)).items[0]?.key).toBe("disk");
    expect(await palace.embedder.status()).toMatchObject({ state: "ready", embedded: 3, waiting: 0 });
  });

  it("never compares with vectors of another model: all get new ones, and the old ones go", async () => {
    const { open, server, directory } = await setting();
    {
      await using palace = await open("one");
      await fill(palace);
    }
    server.requests.length = 0;
    await using palace = await open("two");
    expect((await palace.query(QUESTION)).signals).not.toContain("meaning");
    expect(await palace.embedder.settled()).toMatchObject({ state: "ready", embedded: 3, model: { name: "two" } });
    expect(asked(server).sort()).toEqual(["dimension", ...Object.values(lessons)].sort());
    expect((await palace.query(QUESTION)).signals).toContain("meaning");
    await palace.forget("calm");
    expect(await filesOf(directory)).not.toContain('"by":"one');
  });

  it("leaves nothing of an item that is forgotten, nor its vector", async () => {
    const { open, directory } = await setting();
    await using palace = await open();
    await fill(palace);
    expect((await filesOf(directory)).match(/"op":"vector"/g)).toHaveLength(3);
    await palace.forget("disk");
    const left = await filesOf(directory);
    expect(left.match(/"op":"vector"/g)).toHaveLength(2);
    expect(left).not.toContain("shared/disk");
    expect((await palace.query(QUESTION)).items.map(({ key }) => key)).not.toContain("disk");
  });

  it("answers by words, with a note and one warning, while the embedder cannot be used", async () => {
    const { open } = await setting(() => ({ status: 500, body: "out of memory" }));
    await using palace = await open();
    await palace.store("disk", lessons.disk);
    const status = await palace.embedder.settled();
    expect(status).toMatchObject({ state: "failed", waiting: 1, why: expect.stringContaining("out of memory") });
    const { items, note, signals } = await palace.query("ENOSPC");
    expect(items[0]?.key).toBe("disk");
    expect(signals).not.toContain("meaning");
    expect(note).toMatch(/^Answered by words alone: .*out of memory/);
  });

  it("embeds everything again when told to, and what another program wrote", async () => {
    const { open, server, directory } = await setting();
    await using palace = await open();
    await fill(palace);
    server.requests.length = 0;
    await palace.embedder.reindex({ anew: true });
    await palace.embedder.settled();
    expect(asked(server).sort()).toEqual(Object.values(lessons).sort());
    const places = { backend: "json", directory, options: () => ({ path: directory }) };
    {
      await using other = await openMovable(places, { ...memoryPorts(), hash: nodeHash });
      await other.store("other", "The volume has no space");
    }
    await palace.embedder.reindex();
    expect(await palace.embedder.settled()).toMatchObject({ embedded: 4 });
    expect(asked(server).at(-1)).toBe("The volume has no space");
    await expect(palace.as({ kind: "agent", id: "a" }).embedder.reindex()).rejects.toMatchObject({
      code: "auth.refused",
    });
  });
});

describe("a memory whose embedding breaks off", () => {
  it("goes on where it was after a kill, with what has no vector alone", async () => {
    const texts = Array.from({ length: 100 }, (_, n) => `lesson ${String(n)} about the disk`);
    let allowed = Number.POSITIVE_INFINITY;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await embeddingServer(async (given) => {
      allowed -= 1;
      if (allowed < 0) await held;
      return given.map((text) => vectorOf(text));
    });
    const directory = await tempDir();
    const killed = await open(directory, server, "one");
    await Promise.all(texts.map((content, n) => killed.store(`k${String(n)}`, content)));
    await killed.embedder.settled();
    allowed = 2;
    server.requests.length = 0;
    await killed.embedder.reindex({ anew: true });
    await expect.poll(() => server.requests.length).toBe(3);
    expect(await killed.embedder.status()).toMatchObject({
      state: "embedding",
      embedded: 64,
      waiting: 36,
      lacking: 36,
    });
    // What the disk holds at this moment is what a kill leaves.
    const left = await tempDir();
    await cp(directory, left, { recursive: true });

    const after = await embeddingServer(async (given) => given.map((text) => vectorOf(text)));
    await using palace = await open(left, after, "one");
    expect(await palace.embedder.settled()).toMatchObject({ state: "ready", embedded: 100, lacking: 0 });
    expect(asked(after).filter((text) => text !== "dimension")).toHaveLength(36);
    expect((await palace.query(QUESTION)).signals).toContain("meaning");
    release();
    await killed.close();
  });

  it("keeps every vector when nothing could make it anew", async () => {
    let broken = false;
    const { open, server } = await setting(() => (broken ? { status: 500, body: "broken" } : undefined));
    {
      await using palace = await open();
      await fill(palace);
    }
    broken = true;
    await using palace = await open();
    await palace.embedder.settled();
    await expect(palace.embedder.reindex({ anew: true })).rejects.toMatchObject({ code: "embedder.unavailable" });
    broken = false;
    server.requests.length = 0;
    await palace.embedder.reindex();
    expect(await palace.embedder.settled()).toMatchObject({ state: "ready", embedded: 3 });
    expect(asked(server)).toEqual(["dimension"]);
  });
});

describe("a memory without one", () => {
  it("writes files that engines of before can read, and says that no embedder is configured", async () => {
    const directory = await tempDir();
    const places = { backend: "json", directory, options: () => ({ path: directory }) };
    await using palace = await openMovable(places, { ...memoryPorts(), hash: nodeHash });
    await palace.store("disk", lessons.disk);
    expect(await filesOf(directory)).toContain('"format":"aios.memory.log","version":1,');
    expect(await palace.embedder.status()).toEqual({
      embedder: "none",
      state: "off",
      embedded: 0,
      waiting: 0,
      items: 1,
      lacking: 1,
      others: [],
    });
    expect(await palace.query("ENOSPC")).not.toHaveProperty("note");
    await expect(palace.embedder.reindex()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("memory.embedder"),
    });
  });
});

async function filesOf(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".jsonl"));
  const texts = await Promise.all(names.map((name) => readFile(path.join(directory, name), "utf8")));
  return texts.join("");
}
