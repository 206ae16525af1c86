import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { aios, listeningEngine } from "../../support/cli.ts";
import { TestEngine } from "../../support/engine.ts";
import { tempDir } from "../../support/temp-dir.ts";

const fail = ["node", "-e", "console.error('no such model'); process.exit(1)"];

async function filesOf(directory: string) {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".jsonl") || name.endsWith(".json"));
  return Promise.all(names.map(async (name) => [name, await readFile(path.join(directory, name), "utf8")]));
}

describe("looking at what an engine left behind", () => {
  it("shows actors, dead letters and effects as the engine did, and changes nothing", async () => {
    // Nothing that ends by itself: the engine is asked, and then its journal.
    const { ask, engine, env } = await listeningEngine({ config: { agents: { policy: { cooldownMs: 3_600_000 } } } });
    await engine.agent("reader", fail);
    await engine.run({ agent: "reader", retries: 0 });
    const words = [
      ["actors", "list", "--machine", "agent"],
      ["actors", "show", "agent/reader"],
      ["deadletters", "list"],
      ["effects", "list"],
    ];
    const answers = (ask1: typeof ask) =>
      Promise.all(words.map(async (one) => (await ask1([...one, "--json"])).json()));
    const told = await answers(ask);
    const [letters, effects] = [told[2], told[3]];
    expect(letters).toMatchObject({ items: [{ agent: "reader", replayed: false }], next: null });
    expect(effects).toMatchObject({ items: [{ of: { kind: "task" }, attempt: 1, outcome: "failed" }], next: null });
    await engine.stop();
    const before = await filesOf(engine.dataDir);

    const offline = { ...env, AIOS_PORT: "0" };
    expect(await answers((argv) => aios(argv, { env: offline }))).toEqual(told);
    const { out, err } = await aios(["effects"], { env: offline });
    expect(out).toMatch(/^OF +EFFECT +KEY/);
    expect(err).toMatch(/^No engine answers: this is what the journal of .* tells, 1 to \d+\.$/m);
    expect((await aios(["actors", "show", "agent/nobody"], { env: offline })).err).toContain("no actor agent/nobody");
    expect(await filesOf(engine.dataDir)).toEqual(before);
  });

  it("shows what retention gave up as the checkpoint has it, and never as if it had not been", async () => {
    const journal = { segment: { bytes: 2_000 }, retention: { bytes: 4_000 }, checkpoint: { events: 10 } };
    const config = { journal, agents: { policy: { cooldownMs: 3_600_000 } } };
    const { engine, env } = await listeningEngine({ config });
    await engine.agent("reader", fail);
    await engine.run({ agent: "reader", retries: 0 });
    const first = engine.events.length;
    await engine.stop();
    const { dataDir } = engine;
    const next = await TestEngine.open({ config, dataDir });
    for (let n = 0; n < 60; n++) await next.engine.publish({ type: "build.noted", data: { n, text: "x".repeat(200) } });
    await next.until("journal.released", ({ data }) => data.through >= first);
    await next.stop();
    const offline = (words: readonly string[]) => aios(words, { env: { ...env, AIOS_PORT: "0" } });
    const letters = await offline(["deadletters", "list", "--json"]);
    expect(letters.json()).toMatchObject({ items: [{ agent: "reader", replayed: false }], next: null });
    const agent = await offline(["actors", "show", "agent/reader"]);
    expect(agent.out).toMatch(/^state +blocked$/m);
    expect(agent.err).toMatch(/tells, \d{2,} to \d+, with a checkpoint of what was before\.$/m);
    for (const id of ["agent/reader", "scheduler/main"]) {
      const { code, err } = await offline(["actors", "history", id]);
      expect([code, err]).toEqual([1, expect.stringMatching(/begins with event \d+ and does not hold the beginning/)]);
    }
    const views = await offline(["journal", "views"]);
    expect(views.out).toMatch(/^Events 1 to \d+ are no longer held: what they told is in neither\.$/m);
    expect((await offline(["doctor"])).out).toMatch(/^ok +journal +all \d+ lines fit$/m);
    await rm(path.join(dataDir, "checkpoints"), { recursive: true });
    const { code, out, err } = await offline(["deadletters", "list"]);
    expect([code, out, err]).toEqual([1, "", expect.stringMatching(/not reach back .*; there is no checkpoint/)]);
    expect((await offline(["doctor"])).out).toMatch(
      /^fail +journal +it begins with event \d+, and no checkpoint stands/m,
    );
  });

  it("says what changes something wants: an engine", async () => {
    const { engine, env } = await listeningEngine();
    await engine.stop();
    for (const words of [
      ["deadletters", "replay", "task-1"],
      ["actors", "restart", "agent/reader"],
    ]) {
      const { code, err } = await aios(words, { env: { ...env, AIOS_PORT: "0" } });
      expect(code).toBe(4);
      expect(err).toContain("`aios start`");
    }
  });

  it("is the engine's silence where there is no journal either", async () => {
    const env = { AIOS_DATA_DIR: path.join(await tempDir(), "data"), AIOS_PORT: "0" };
    for (const group of ["actors", "deadletters", "effects"]) expect((await aios([group], { env })).code).toBe(4);
  });
});
