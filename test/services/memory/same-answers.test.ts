import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MemoryBackend } from "../../../src/memory/backend.ts";
import type { TextRole } from "../../../src/memory/embedders/kind.ts";
import { type EmbedderSource, embedderSource } from "../../../src/memory/embedders/source.ts";
import { Meaning } from "../../../src/memory/meaning/meaning.ts";
import { MemoryPalace } from "../../../src/memory/palace.ts";
import type { QueryOptions } from "../../../src/memory/requests.ts";
import { embedderPorts } from "../../support/embedder-ports.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { modelDirectory } from "../support/servers.ts";
import { makeStore, type StoreName, type TestStore } from "../support/stores.ts";

/** Paragraphs of the project's own pages: real English of one field, of very different lengths. */
async function paragraphs(): Promise<readonly string[]> {
  const folder = path.resolve(import.meta.dirname, "../../../docs/design");
  const names = (await readdir(folder)).sort();
  const pages = await Promise.all(names.map((name) => readFile(path.join(folder, name), "utf8")));
  return pages.flatMap((page) => page.split(/\n{2,}/)).filter((text) => text.length > 40);
}

const CHINESE = [
  "代理超时后先检查网络，再重试一次。",
  "磁盘已满时构建失败：清理缓存目录。",
  "证书过期会让所有请求被拒绝，更新证书后重启。",
  "权限不足时不要用管理员重试，先查看文件的所有者。",
];

const questions: readonly (readonly [string, QueryOptions?])[] = [
  ["how does a breaker open and close"],
  ["what happens to a task that fails three times"],
  ["journal seal chain torn line"],
  ["who may read the memory of an agent"],
  ["cpu of a process over several cores"],
  ["approval of a dangerous plan"],
  ["schedueler prioritty ageing"],
  ["server-sent events Last-Event-ID"],
  ["fsync"],
  ["代理超时怎么办"],
  ["磁盘满了"],
  ["证书过期 certificate expired"],
  ["rollback of a configuration trial"],
  ["score grade trend not enough data"],
  ["remediation run validation evidence not_fixed"],
  ["how long does a query take at 10,000 items"],
  ["playbook triggers and cooldown", { filter: { category: "even" } }],
  ["incident acknowledged", { filter: { tags: ["third"] } }],
  ["agent process tree token", { space: "agent:a" }],
  ["dashboard page", { topK: 3 }],
];

async function fill(palace: MemoryPalace): Promise<void> {
  const texts = [...(await paragraphs()), ...CHINESE];
  const spaces = ["shared", "shared", "agent:a", "agent:b"];
  await Promise.all(
    texts.map((content, n) => {
      const tags = n % 3 === 0 ? { tags: ["third"] } : {};
      const value = { content, category: n % 2 === 0 ? "even" : "odd", ...tags };
      return palace.store(`p${String(n)}`, value, { space: spaces[n % spaces.length] ?? "shared" });
    }),
  );
  for (const n of [3, 7, 11, 15]) await palace.share(`p${String(n)}`, "agent:a", { space: "agent:b" });
}

/** The real model, asked once for each text: every backend gets the very same vectors. */
const known = new Map<string, Promise<Float32Array>>();
let embedded = 0;
async function realModel(): Promise<EmbedderSource> {
  const source = await embedderSource(
    { embedder: "transformers", options: { path: modelDirectory() } },
    embedderPorts(),
  );
  const model = await source?.open();
  if (model === undefined) throw new Error("nothing is embedded");
  const one = async (text: string, as: TextRole) => {
    const [vector] = await model.embed([text], as);
    if (vector === undefined) throw new Error("no vector");
    return vector;
  };
  return {
    name: "transformers",
    open: () =>
      Promise.resolve({
        model: model.model,
        embed(texts, as) {
          if (as === "passage") embedded += texts.length;
          return Promise.all(
            texts.map((text) => {
              const name = `${as} ${text}`;
              const vector = known.get(name) ?? one(text, as);
              known.set(name, vector);
              return vector;
            }),
          );
        },
      }),
  };
}

/** Embeds everything, with the model that this is about. */
async function meaningOver(backend: MemoryBackend, source: EmbedderSource | undefined): Promise<Meaning | undefined> {
  const meaning = source && new Meaning({ source, backend, clock, log: memoryPorts().log });
  meaning?.begin();
  await meaning?.settled();
  return meaning;
}

async function ask(backend: MemoryBackend, meaning: Meaning | undefined): Promise<readonly (readonly string[])[]> {
  const operator = MemoryPalace.over(backend, clock, undefined, meaning);
  const agent = operator.as({ kind: "agent", id: "a" });
  const answers: (readonly string[])[] = [];
  for (const palace of [operator, agent])
    for (const [text, options = {}] of questions)
      answers.push((await palace.query(text, options)).items.map(({ space, key }) => `${space}/${key}`));
  return answers;
}

/** Mean share of the one's answers that the other gives too. */
function overlap(ones: readonly (readonly string[])[], others: readonly (readonly string[])[]): number {
  const shares = ones.map((keys, at) =>
    keys.length === 0 ? 1 : keys.filter((key) => others[at]?.includes(key)).length / keys.length,
  );
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

const clock = new VirtualClock();

type Kind = "words" | "meaning";
const sources: Record<Kind, () => Promise<EmbedderSource | undefined>> = {
  words: () => Promise.resolve(undefined),
  meaning: realModel,
};

/** The questions that go to a server, with their bounds; memory in files asks nobody. */
const byWords: Record<StoreName, RegExp> = {
  volatile: /./,
  json: /./,
  chroma: /^query .*"nResults":\d+,"collection":"test-[\d-]+"/,
  neo4j: /^CALL db\.index\.fulltext\.queryNodes[\s\S]* LIMIT \$limit .*"limit":\{"low":\d/,
};
const byMeaning: Record<StoreName, RegExp> = {
  volatile: /./,
  json: /./,
  chroma: /^query .*"nResults":\d+,"collection":"test-[\d-]+-vectors-[0-9a-f]{8}"/,
  neo4j: /^CALL db\.index\.vector\.queryNodes[\s\S]* LIMIT \$limit .*"limit":\{"low":\d/,
};
const searchesAtLeast: Record<StoreName, number> = { volatile: 0, json: 0, chroma: 36, neo4j: 36 };
/** Questions in Chinese are not for this model. */
const meantAtLeast: Record<Kind, Record<StoreName, number>> = {
  words: { volatile: 0, json: 0, chroma: 0, neo4j: 0 },
  meaning: { volatile: 0, json: 0, chroma: 30, neo4j: 30 },
};

describe.each<Kind>(["words", "meaning"])("by %s", (kind) => {
  let expected: readonly (readonly string[])[];
  let source: EmbedderSource | undefined;
  beforeAll(async () => {
    source = await sources[kind]();
    const store = await makeStore("volatile");
    const backend = await store.open();
    await fill(MemoryPalace.over(backend, clock));
    expected = await ask(backend, await meaningOver(backend, source));
    await store.dispose();
  }, 180_000);

  describe.each<StoreName>(["json", "chroma", "neo4j"])("the answers over %s", (name) => {
    const sent: string[] = [];
    let store: TestStore;
    let backend: MemoryBackend;
    beforeAll(async () => {
      store = await makeStore(name);
      const trace = (statement: string, parameters: Readonly<Record<string, unknown>>) => {
        const { limit, nResults, options, collection } = parameters;
        sent.push(`${statement} ${JSON.stringify({ limit, nResults, options, collection })}`);
      };
      backend = await store.open({ ...memoryPorts(clock), trace });
      await fill(MemoryPalace.over(backend, clock));
    });
    afterAll(async () => {
      await backend.close();
      await store.dispose();
    });

    it("are those of a memory that holds everything itself", async () => {
      expect(expected.filter((keys) => keys.length > 0).length).toBeGreaterThan(35);
      const meaning = await meaningOver(backend, source);
      sent.length = 0;
      const found = overlap(expected, await ask(backend, meaning));
      expect(found).toBeGreaterThanOrEqual(0.95);
      expect(sent.filter((one) => byWords[name].test(one)).length).toBeGreaterThanOrEqual(searchesAtLeast[name]);
      expect(sent.filter((one) => byMeaning[name].test(one)).length).toBeGreaterThanOrEqual(meantAtLeast[kind][name]);
    });

    it("are the same after the memory was closed and opened, and nothing is embedded again", async () => {
      await backend.close();
      backend = await store.open(memoryPorts(clock));
      embedded = 0;
      const meaning = await meaningOver(backend, source);
      expect(overlap(expected, await ask(backend, meaning))).toBeGreaterThanOrEqual(0.95);
      expect(embedded).toBe(0);
    });
  });
});
