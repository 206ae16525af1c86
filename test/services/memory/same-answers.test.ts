import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MemoryBackend } from "../../../src/memory/backend.ts";
import { MemoryPalace } from "../../../src/memory/palace.ts";
import type { QueryOptions } from "../../../src/memory/requests.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
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

async function ask(backend: MemoryBackend, clock: VirtualClock): Promise<readonly (readonly string[])[]> {
  const operator = MemoryPalace.over(backend, clock);
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
let expected: readonly (readonly string[])[];
beforeAll(async () => {
  const store = await makeStore("volatile");
  const backend = await store.open();
  await fill(MemoryPalace.over(backend, clock));
  expected = await ask(backend, clock);
  await store.dispose();
});

/** The question that goes to a server, with its bound; memory in files asks nobody. */
const searches: Record<StoreName, RegExp> = {
  volatile: /./,
  json: /./,
  chroma: /^query .*"nResults":\d/,
  neo4j: /^CALL db\.index\.fulltext\.queryNodes[\s\S]* LIMIT \$limit .*"limit":\{"low":\d/,
};
const searchesAtLeast: Record<StoreName, number> = { volatile: 0, json: 0, chroma: 36, neo4j: 36 };

describe.each<StoreName>(["json", "chroma", "neo4j"])("the answers over %s", (name) => {
  const sent: string[] = [];
  let store: TestStore;
  let backend: MemoryBackend;
  beforeAll(async () => {
    store = await makeStore(name);
    const trace = (statement: string, { limit, nResults, options }: Readonly<Record<string, unknown>>) => {
      sent.push(`${statement} ${JSON.stringify({ limit, nResults, options })}`);
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
    sent.length = 0;
    expect(overlap(expected, await ask(backend, clock))).toBeGreaterThanOrEqual(0.95);
    expect(sent.filter((one) => searches[name].test(one)).length).toBeGreaterThanOrEqual(searchesAtLeast[name]);
  });

  it("are the same after the memory was closed and opened", async () => {
    await backend.close();
    backend = await store.open(memoryPorts(clock));
    expect(overlap(expected, await ask(backend, clock))).toBeGreaterThanOrEqual(0.95);
  });
});
