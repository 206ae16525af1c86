import path from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import { listeningEngine } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function withItems() {
  const running = await listeningEngine();
  const ask = (...argv: string[]) => running.ask(["memory", ...argv]);
  await ask(
    "store",
    "The feed has a limit of 60 calls a minute",
    "--key",
    "feed/limit",
    "--title",
    "Feed limit",
    "--tag",
    "feed",
  );
  await ask("store", "The feed refuses calls with 429", "--key", "feed-outage");
  await ask("store", "Soup is made of vegetables", "--key", "soup");
  return { ...running, ask };
}

describe("aios memory", () => {
  it("stores, lists, prints and finds items", async () => {
    const { ask, ask: memory, engine } = await withItems();
    expect((await ask()).out).toMatch(/^feed\/limit +shared .* Feed limit$/m);
    expect((await ask("get", "feed/limit")).out).toMatch(/^content +The feed has a limit/m);
    const hits = (await ask("query", "why does the feed refuse calls", "--top", "2", "--json")).json() as {
      items: { key: string }[];
    };
    expect(hits.items.map(({ key }) => key)).toEqual(["feed-outage", "feed/limit"]);
    expect((await memory("query", "feed", "--explain")).out).toContain("\nWhy\n");
    expect((await memory("query", "feed", "--tag", "feed")).out).not.toContain("feed-outage");
    expect((await memory("query", "zzz qqq xxx")).out).toContain("Nothing fits.");
    const context = await memory("context", "call the feed", "--budget", "200");
    expect(context.out).toContain("60 calls a minute");
    expect(context.err).toContain("feed/limit");
    expect(engine.events.some((event) => JSON.stringify(event).includes("60 calls a minute"))).toBe(false);
  });

  it("takes content from a file and from standard input", async () => {
    const { ask } = await listeningEngine();
    const cwd = await tempDir();
    await nodeFiles.write(path.join(cwd, "notes.md"), "from a file\n");
    const stored = await ask(["memory", "store", "@notes.md", "--json"], { cwd });
    expect(stored.json()).toMatchObject({ content: "from a file", key: expect.any(String) as string });
    const piped = await ask(["memory", "store", "-", "--key", "p", "--json"], { stdin: "piped\nin\n" });
    expect(piped.json()).toMatchObject({ content: "piped\nin", key: "p" });
    expect((await ask(["memory", "store", "x", "--confidence", "2"])).code).toBe(2);
  });

  it("merges what says the same, takes it back, and links what contradicts", async () => {
    const { ask, engine } = await withItems();
    await ask("store", "The feed has a limit of 90 calls a minute", "--key", "feed-90");
    await ask("store", "A limit of 60 calls per minute: the feed has it", "--key", "feed-again");
    expect((await ask("review")).out).toMatch(/^duplicate +shared +feed\/limit +feed-again/m);
    const tidied = (await ask("tidy", "--json")).json() as { items: { kind: string; other: string }[] };
    expect(tidied.items.map(({ kind, other }) => [kind, other])).toEqual([
      ["contradiction", "feed-90"],
      ["duplicate", "feed-again"],
    ]);
    expect((await engine.until("memory.merged")).data).toMatchObject({ key: "feed-again", into: "feed/limit" });
    expect((await ask("get", "feed-again")).out).toMatch(/^merged into +feed\/limit$/m);
    expect((await ask("query", "limit of calls")).out).not.toContain("feed-again");
    expect((await ask("unmerge", "feed-again", "--json")).json()).not.toHaveProperty("mergedInto");
    expect((await ask("merge", "feed/limit", "feed-again", "--why", "read both")).out).toMatch(
      /^stands for +feed-again$/m,
    );
    expect((await ask("merge", "feed/limit", "feed-again")).code).toBe(1);
  });

  it("knows what held when, what is in the archive, and what people said", async () => {
    const { ask } = await withItems();
    await ask("change", "feed/limit", "--valid-to", "2020-01-01");
    expect((await ask("query", "limit of calls")).out).not.toContain("feed/limit");
    expect((await ask("query", "limit of calls", "--as-of", "2019-06-01")).out).toContain("feed/limit");
    expect((await ask("query", "limit", "--as-of", "last week")).code).toBe(2);
    expect((await ask("sweep")).out).toMatch(/^feed\/limit +shared +it held until/m);
    expect((await ask("query", "limit of calls", "--tier", "archive", "--as-of", "2019-06-01")).out).toContain(
      "feed/limit",
    );
    await ask("change", "soup", "--tier", "archive", "--title", "Soup");
    expect((await ask("query", "vegetables soup")).out).not.toContain("Soup");
    expect((await ask("change", "soup")).code).toBe(2);
    const said = await ask("feedback", "feed-outage", "--misled", "--note", "it is 503 now");
    expect(said.out).toMatch(/^people said +helped 0, wrong 1$/m);
    expect(said.out).toContain("wrong: it is 503 now");
  });

  it("links items and finds its way between them", async () => {
    const { ask } = await withItems();
    expect((await ask("neighbours", "soup")).out).toBe("It is linked with nothing.\n");
    await ask("link", "feed/limit", "feed-outage", "--relation", "explains", "--evidence", "the log");
    await ask("link", "feed-outage", "soup");
    expect((await ask("neighbours", "feed/limit")).out).toMatch(/^feed\/limit +explains +feed-outage +the log$/m);
    expect((await ask("neighbours", "feed/limit", "--depth", "2")).out).toMatch(/^ +2 +soup/m);
    expect((await ask("neighbours", "feed/limit", "--depth", "5")).code).toBe(1);
    expect((await ask("path", "feed/limit", "soup")).out).toMatch(/^feed-outage +related_to +soup$/m);
    expect((await ask("unlink", "feed-outage", "soup")).code).toBe(0);
    expect((await ask("path", "feed/limit", "soup")).out).toBe("There is no way from the one to the other.\n");
  });

  it("shares an item, hears how it helped, and forgets it", async () => {
    const { ask } = await withItems();
    expect((await ask("share", "soup", "--with", "agent:cook")).out).toMatch(/^shared with +agent:cook$/m);
    expect((await ask("share", "soup", "--with", "agent:cook", "--revoke")).out).not.toContain("shared with");
    expect((await ask("share", "soup")).code).toBe(2);
    expect((await ask("feedback", "soup", "--helped", "--note", "tasty")).code).toBe(0);
    expect((await ask("feedback", "soup", "--helped", "--misled")).code).toBe(2);
    expect((await ask("forget", "soup")).out).toBe("soup is forgotten.\n");
    expect((await ask("get", "soup")).code).toBe(1);
  });

  it("takes everything out and brings it into another engine, unless it was changed on the way", async () => {
    const { ask } = await withItems();
    const { out } = await ask("export");
    const other = await listeningEngine();
    expect((await other.ask(["memory", "import", "-"], { stdin: out })).out).toBe(
      "3 items and 0 links were brought in.\n",
    );
    expect((await other.ask(["memory", "get", "soup", "--json"])).json()).toMatchObject({ key: "soup" });
    const changed = out.replace("vegetables", "stones");
    expect((await other.ask(["memory", "import", "-"], { stdin: changed })).code).toBe(1);
  });

  it("takes everything out as JSON lines and brings these in, and says which line is none", async () => {
    const { ask } = await withItems();
    await ask("link", "soup", "feed-outage");
    const { out } = await ask("export", "--lines");
    expect(out.trimEnd().split("\n")).toHaveLength(1 + 3 + 1);
    const other = await listeningEngine();
    const bring = (stdin: string) => other.ask(["memory", "import", "-"], { stdin });
    const torn = await bring(`${out}{"item":`);
    expect([torn.code, torn.err]).toEqual([1, expect.stringContaining("line 6: is not JSON")]);
    expect((await bring(out.replace("vegetables", "stones"))).code).toBe(1);
    expect((await other.ask(["memory", "list", "--json"])).json()).toMatchObject({ items: [] });
    expect((await bring(out)).out).toBe("3 items and 1 links were brought in.\n");
    expect((await other.ask(["memory", "export", "--lines"])).out).toBe(out);
  });
});
