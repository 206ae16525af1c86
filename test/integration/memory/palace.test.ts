import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AiosError } from "../../../src/kernel/errors.ts";
import { openPalace } from "../../../src/memory/open.ts";
import type { MemoryPalace } from "../../../src/memory/palace.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DAY_MS = 86_400_000;

describe.each(["volatile", "json"])("the palace over %s", (backend) => {
  let clock: VirtualClock;
  let palace: MemoryPalace;
  beforeEach(async () => {
    clock = new VirtualClock();
    palace = await openPalace(
      backend === "json" ? { backend, path: await tempDir() } : { backend },
      memoryPorts(clock),
    );
  });

  afterEach(() => palace.close());

  it("stores, finds and links as the first version's users wrote it", async () => {
    await palace.store("lesson_123", {
      category: "error_handling",
      content: "Always validate input before processing",
      confidence: 0.9,
    });
    await palace.store("lesson_456", "Log the error before you retry");
    await palace.link("lesson_123", "lesson_456", "related_to");
    const { items } = await palace.query("how to handle errors", 5);
    expect(items.map(({ key }) => key).sort()).toEqual(["lesson_123", "lesson_456"]);
    expect(await palace.neighbours("lesson_456")).toMatchObject([
      { item: { key: "lesson_123", confidence: 0.9 }, depth: 1, via: { relation: "related_to" } },
    ]);
  });

  it("finds an English lesson for a Chinese question by the words of this field, and the other way round", async () => {
    await palace.store("timeout", "Raise the upstream timeout of the proxy before you restart it");
    await palace.store("cert", "证书过期后先续签再重启网关");
    await palace.store("other", "Sort the imports of every module");
    expect((await palace.query("代理超时怎么办")).items[0]?.key).toBe("timeout");
    expect((await palace.query("an expired certificate")).items[0]?.key).toBe("cert");
  });

  it("changes nothing when the same value is stored again, and keeps the day it was first stored", async () => {
    const first = await palace.store("k", { content: "one", tags: ["t"], owner: "me" });
    clock.advanceSync(1_000);
    expect(await palace.store("k", { content: "one", tags: ["t"], owner: "me" })).toEqual({
      item: first.item,
      effect: "unchanged",
    });
    const second = await palace.store("k", { content: "two" });
    expect(second).toMatchObject({
      effect: "replaced",
      item: { content: "two", version: 2, createdAtMs: first.item.createdAtMs },
    });
    expect(first.item.data).toEqual({ owner: "me" });
    await expect(palace.store("k", "three", { expect: "absent" })).rejects.toMatchObject({ code: "memory.conflict" });
  });

  it("changes some members and leaves the rest", async () => {
    await palace.store("k", { content: "one", title: "t", category: "c" });
    expect(await palace.update("k", { category: "d" })).toMatchObject({
      content: "one",
      title: "t",
      category: "d",
      version: 2,
    });
    await expect(palace.update("none", { category: "d" })).rejects.toMatchObject({ code: "not_found" });
  });

  it("loses no change when many change the same item at once", async () => {
    await palace.store("k", "x");
    const teams = Array.from({ length: 12 }, (_, n) => `team:${String(n)}`);
    await Promise.all(teams.map((team) => palace.share("k", team)));
    expect((await palace.get("k"))?.sharedWith).toEqual(teams.sort());
  });

  it("answers with what held at the moment asked for", async () => {
    const now = clock.now();
    await palace.store("old", { content: "the proxy listens on port 80", validToMs: now - DAY_MS });
    await palace.store("new", { content: "the proxy listens on port 8080", validFromMs: now - DAY_MS });
    const keys = async (asOf?: number) =>
      (await palace.query("proxy port", asOf === undefined ? {} : { asOf })).items.map(({ key }) => key);
    expect(await keys()).toEqual(["new"]);
    expect(await keys(now - 2 * DAY_MS)).toEqual(["old"]);
  });

  it("explains a score by signals whose sum it is, and puts scores in order", async () => {
    for (let n = 0; n < 30; n += 1)
      await palace.store(`k${String(n)}`, {
        content: `disk quota of volume ${String(n)} exceeded ${"again ".repeat(n % 4)}`,
        confidence: (n % 10) / 10,
      });
    const { items, signals } = await palace.query("which disk quota was exceeded", { topK: 20, explain: true });
    expect(items).toHaveLength(20);
    for (const { score, explain } of items) {
      const named = explain ?? { words: 0, grams: 0, standing: 0, diversity: 0 };
      expect(Object.keys(named)).toEqual(signals);
      expect(named.words + named.grams + named.standing + named.diversity).toBeCloseTo(score, 10);
    }
    expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).sort((a, b) => b - a));
  });

  it("prefers what is proven among equals, and never a proven stranger to a draft that fits", async () => {
    const content = "restore the missing input file from its template";
    await palace.store("draft", { content: `${content} first`, level: "draft" });
    await palace.store("hardened", { content: `${content} first`, level: "hardened" });
    await palace.store("stranger", { content: "rotate the certificate of the file server", level: "hardened" });
    const keys = (await palace.query("missing input file")).items.map(({ key }) => key);
    expect(keys[0]).toBe("hardened");
    expect(keys.indexOf("draft")).toBeLessThan(keys.indexOf("stranger"));
  });

  it("filters by kind, category, tags, level and confidence", async () => {
    await palace.store("a", {
      content: "timeout of the queue",
      kind: "lesson",
      category: "net",
      tags: ["x", "y"],
      level: "verified",
    });
    await palace.store("b", { content: "timeout of the disk", category: "io", confidence: 0.9 });
    const keys = async (filter: object) =>
      (await palace.query("timeout", { filter })).items.map(({ key }) => key).sort();
    expect(await keys({})).toEqual(["a", "b"]);
    expect(await keys({ kind: "lesson" })).toEqual(["a"]);
    expect(await keys({ category: ["io", "cpu"] })).toEqual(["b"]);
    expect(await keys({ tags: ["y", "x"] })).toEqual(["a"]);
    expect(await keys({ level: "verified" })).toEqual(["a"]);
    expect(await keys({ minConfidence: 0.8 })).toEqual(["b"]);
    expect((await palace.list({ kind: "memory" })).map(({ key }) => key)).toEqual(["b"]);
  });

  it("finds Chinese by its words, names by their parts, and words with a typing error", async () => {
    await palace.store("zh", "磁盘空间不足时清理旧日志");
    await palace.store("camel", "call resetCircuitBreaker after the upstream is back");
    await palace.store("typo", "authentication failed for the replica");
    await palace.store("other", "nothing to see");
    const first = async (text: string) => (await palace.query(text, 1)).items[0]?.key;
    expect(await first("磁盘满了怎么办")).toBe("zh");
    expect(await first("circuit breaker")).toBe("camel");
    expect(await first("autentication faild")).toBe("typo");
    expect((await palace.query("   ")).items).toEqual([]);
  });

  it("walks to a depth, by relations, and finds a shortest way", async () => {
    for (const key of ["a", "b", "c", "d", "e"]) await palace.store(key, key);
    await palace.link("a", "b", "causes");
    await palace.link("b", "c", "causes");
    await palace.link("c", "d", "causes");
    await palace.link("d", "e", "causes");
    await palace.link("c", "a", { relation: "mentions", evidence: ["event-1"] });
    const reached = async (options: object) =>
      (await palace.neighbours("a", options)).map(({ item, depth }) => `${item.key}${String(depth)}`);
    expect(await reached({})).toEqual(["b1", "c1"]);
    expect(await reached({ depth: 4, relations: ["causes"] })).toEqual(["b1", "c2", "d3", "e4"]);
    const way = await palace.path("a", "d");
    expect(way?.nodes.map(({ key }) => key)).toEqual(["a", "c", "d"]);
    expect(way?.links[0]).toMatchObject({
      relation: "mentions",
      evidence: ["event-1"],
      from: { key: "c" },
      to: { key: "a" },
    });
    expect(await palace.unlink("c", "d", "causes")).toBe(1);
    expect(await palace.path("a", "e")).toBeUndefined();
    await expect(palace.neighbours("a", { depth: 5 })).rejects.toMatchObject({
      code: "input.invalid",
      faults: [{ path: "depth" }],
    });
  });

  it("forgets an item with its links, and says whether there was one", async () => {
    await palace.store("a", "a");
    await palace.store("b", "b");
    await palace.link("a", "b");
    expect(await palace.forget("a")).toBe(true);
    expect(await palace.forget("a")).toBe(false);
    expect(await palace.get("a")).toBeUndefined();
    expect(await palace.neighbours("b")).toEqual([]);
    expect((await palace.query("a")).items).toEqual([]);
  });

  it("packs what is known for a task into its budget, best first", async () => {
    await palace.store("short", {
      content: "retry the upload with a smaller chunk",
      title: "Upload",
      level: "verified",
    });
    await palace.store("long", { content: `upload ${"details ".repeat(200)}` });
    await palace.store("gone", { content: "upload by hand", level: "retired" });
    const context = await palace.context({ task: "upload the report", budgetTokens: 40 });
    expect(context).toMatchObject({
      keys: ["short"],
      text: "- [verified] Upload: retry the upload with a smaller chunk",
    });
    expect(context.tokens).toBeLessThanOrEqual(40);
  });

  it("packs what one space knows when that is asked for", async () => {
    await palace.store("ours", "upload in the morning");
    await palace.store("theirs", "upload in the evening", { space: "agent:b" });
    expect((await palace.context({ task: "upload", space: "agent:b" })).keys).toEqual(["theirs"]);
  });

  it("moves an item's confidence by verified outcomes, from where it was stated", async () => {
    const outcomes = { fixes: 3, failures: 1 };
    const { item } = await palace.store("k", { content: "x", confidence: 0.9, outcomes });
    expect(item.confidence).toBeCloseTo((1.8 + 3) / 6);
  });

  it("takes what people say as a prior worth two outcomes, however many say it, and keeps their words", async () => {
    await palace.store("k", { content: "x" });
    for (let n = 0; n < 25; n += 1) await palace.feedback("k", { helped: true, note: `note ${String(n)}` });
    const said = await palace.feedback("k", { helped: false });
    expect(said.confidence).toBeCloseTo(26 / 28);
    expect(said.feedback).toMatchObject({ helped: 25, wrong: 1 });
    expect(said.feedback?.notes).toHaveLength(20);
    // What is stored anew, as the engine does with its lessons, keeps what was said; two outcomes weigh as much as all of it.
    const { item } = await palace.store("k", { content: "y", outcomes: { fixes: 0, failures: 2 } });
    expect(item.feedback).toMatchObject({ helped: 25, wrong: 1 });
    expect(item.confidence).toBeCloseTo(26 / 28 / 2);
  });

  it("hands everything over to another memory", async () => {
    await palace.store("a", { content: "one", owner: "me" }, { space: "agent:a" });
    await palace.store("b", "two");
    await palace.share("a", "team:ops", { space: "agent:a" });
    await palace.store("c", "three");
    await palace.link("b", "c", "causes");
    const all = await palace.export();
    await using other = await openPalace({ backend: "volatile" }, memoryPorts(clock));
    expect(await other.import(all)).toEqual({ items: 3, links: 1 });
    expect(await other.export()).toEqual(all);
    expect((await palace.export({ space: "agent:a" })).items).toHaveLength(1);
    await expect(other.import({ ...all, format: 99 })).rejects.toMatchObject({
      code: "input.invalid",
      faults: [{ path: "format" }],
    });
  });

  it("names every fault of what it cannot take", async () => {
    await expect(palace.store("", "x")).rejects.toMatchObject({ code: "input.invalid" });
    await expect(palace.store("k", { content: "x", confidence: 2 })).rejects.toMatchObject({
      code: "input.invalid",
      message: expect.stringContaining("confidence"),
    });
    await expect(palace.store("k", "x", { space: "everywhere" })).rejects.toMatchObject({ code: "input.invalid" });
    await expect(palace.query("x", { topK: 0 })).rejects.toMatchObject({
      code: "input.invalid",
      faults: [{ path: "topK" }],
    });
  });
});

describe("a palace on behalf of an agent", () => {
  const open = () => openPalace({ backend: "volatile" }, memoryPorts(new VirtualClock()));

  it("sees its own, its team's, everybody's, and what was shared with it until that is taken back", async () => {
    const palace = await open();
    const [a, b] = [palace.as({ kind: "agent", id: "a", teams: ["ops"] }), palace.as({ kind: "agent", id: "b" })];
    await a.store("mine", "deploy notes of a");
    await a.store("team", "deploy notes of ops", { space: "team:ops" });
    await palace.store("all", "deploy notes of everybody");
    const keys = async (of: typeof a) => (await of.query("deploy notes")).items.map(({ key }) => key).sort();
    expect(await keys(a)).toEqual(["all", "mine", "team"]);
    expect(await keys(b)).toEqual(["all"]);
    await a.share("mine", "agent:b");
    expect(await keys(b)).toEqual(["all", "mine"]);
    expect(await b.get("mine")).toMatchObject({ space: "agent:a", content: "deploy notes of a" });
    expect(await b.get("mine")).not.toHaveProperty("sharedWith");
    await a.unshare("mine", "agent:b");
    expect(await b.get("mine")).toBeUndefined();
  });

  it("may not write where it may only read", async () => {
    const palace = await open();
    const a = palace.as({ kind: "agent", id: "a" });
    await palace.store("all", "x");
    await expect(a.store("k", "x", { space: "shared" })).rejects.toMatchObject({ code: "auth.refused" });
    await expect(a.store("k", "x", { space: "agent:b" })).rejects.toMatchObject({ code: "auth.refused" });
    await expect(a.forget("all")).rejects.toMatchObject({ code: "auth.refused" });
    await expect(a.update("all", { content: "y" })).rejects.toMatchObject({ code: "auth.refused" });
    await a.store("own", "x");
    await expect(a.store("own", { content: "x", level: "hardened" })).rejects.toMatchObject({ code: "auth.refused" });
    await expect(a.update("own", { outcomes: { fixes: 9, failures: 0 } })).rejects.toMatchObject({
      code: "auth.refused",
    });
    await expect(a.feedback("own", { helped: true })).rejects.toMatchObject({ code: "auth.refused" });
    await expect(a.share("all", "agent:a")).rejects.toMatchObject({ code: "auth.refused" });
  });

  it("does not reach what lies behind something hidden, and learns of no link to it", async () => {
    const palace = await open();
    const [a, b] = [palace.as({ kind: "agent", id: "a" }), palace.as({ kind: "agent", id: "b" })];
    await palace.store("x", "x");
    await palace.store("y", "y");
    await b.store("between", "hidden");
    await b.link("x", "between");
    await b.link("between", "y");
    expect(await b.path("x", "y")).toMatchObject({ nodes: [{ key: "x" }, { key: "between" }, { key: "y" }] });
    expect(await a.path("x", "y")).toBeUndefined();
    expect(await a.neighbours("x", { depth: 4 })).toEqual([]);
    await b.link("x", "y", "whispers");
    expect(await a.neighbours("x")).toEqual([]);
  });

  it("gets scores that nothing hidden from it has moved", async () => {
    const [with_, without] = [await open(), await open()];
    for (const palace of [with_, without]) {
      const a = palace.as({ kind: "agent", id: "a" });
      await a.store("one", "the disk of the worker is full");
      await a.store("two", "the queue of the worker is long");
    }
    const b = with_.as({ kind: "agent", id: "b" });
    for (let n = 0; n < 50; n += 1) await b.store(`n${String(n)}`, "disk disk disk worker full");
    const ask = (palace: MemoryPalace) =>
      palace.as({ kind: "agent", id: "a" }).query("worker disk full", { explain: true });
    expect(await ask(with_)).toEqual(await ask(without));
  });

  it("leaks nothing in 10,000 calls of two agents", async () => {
    const palace = await open();
    const agents = ["a", "b"].map((id) => ({ id, palace: palace.as({ kind: "agent", id }) }));
    const key = fc.integer({ min: 0, max: 9 }).map((n) => `k${String(n)}`);
    const call = fc.record({
      who: fc.integer({ min: 0, max: 1 }),
      what: fc.constantFrom(
        "store",
        "get",
        "query",
        "link",
        "neighbours",
        "path",
        "list",
        "context",
        "share",
        "unshare",
        "forget",
        "update",
      ),
      key,
      other: key,
      wide: fc.boolean(),
    });
    // What each agent may read of the other, kept by the plainest means.
    const shared = new Set<string>();
    const calls = fc.sample(call, { numRuns: 10_000, seed: 42 });
    let answers = 0;
    for (const { who, what, key: k, other, wide } of calls) {
      const [me, them] = [agents[who], agents[1 - who]];
      if (me === undefined || them === undefined) throw new Error("two agents");
      const theirs = `agent:${them.id}`;
      const space = wide ? { space: theirs } : {};
      const run = (): Promise<unknown> => {
        if (what === "store") return me.palace.store(k, { content: `common words, secret-of-${me.id}-${k}` }, space);
        if (what === "get") return me.palace.get(k, space);
        if (what === "query") return me.palace.query(`common words secret ${k}`, { topK: 20, ...space });
        if (what === "link") return me.palace.link(k, other, space);
        if (what === "neighbours") return me.palace.neighbours(k, { depth: 4, ...space });
        if (what === "path") return me.palace.path(k, other, space);
        if (what === "list") return me.palace.list({}, space);
        if (what === "context") return me.palace.context({ task: "common words" });
        if (what === "share") return me.palace.share(k, theirs, space);
        if (what === "unshare") return me.palace.unshare(k, theirs, space);
        if (what === "forget") return me.palace.forget(k, space);
        return me.palace.update(k, { title: `title secret-of-${me.id}-${k}` }, space);
      };
      const failed = Symbol("failed");
      const answer = await run().catch((failure: unknown) => {
        if (failure instanceof AiosError && ["not_found", "auth.refused"].includes(failure.code)) return failed;
        throw failure;
      });
      const done = answer !== failed && !wide;
      if (done && what === "share" && (await me.palace.get(k))?.space === `agent:${me.id}`) shared.add(`${me.id}/${k}`);
      if (done && (what === "unshare" || (what === "forget" && answer === true))) shared.delete(`${me.id}/${k}`);
      if (answer === failed) continue;
      answers += 1;
      const seen = JSON.stringify(answer) ?? "";
      for (const found of seen.matchAll(new RegExp(`secret-of-${them.id}-(k\\d)`, "g"))) {
        expect(shared.has(`${them.id}/${found[1] ?? ""}`), `${what} showed ${found[0]} to ${me.id}`).toBe(true);
      }
    }
    expect(answers).toBeGreaterThan(3_000);
    expect(shared.size).toBeGreaterThan(0);
  });
});
