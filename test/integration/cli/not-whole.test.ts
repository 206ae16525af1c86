import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { aios } from "../../support/cli.ts";
import { TestEngine } from "../../support/engine.ts";
import { tempDir } from "../../support/temp-dir.ts";

const fixtures = path.join(import.meta.dirname, "../../fixtures/data-directories");
const small = { journal: { segment: { bytes: 2_000 } } };
const numberOf = (name: string) => Number(/\d+/.exec(name)?.[0]);

/** What an engine left behind that ended in order: several segments, anchors and a checkpoint of its last event. */
async function lived(): Promise<string> {
  const engine = await TestEngine.open({ config: small });
  await engine.agent("worker", ["cat"], { output: "text" });
  for (const input of ["one", "two", "three"]) await engine.run({ agent: "worker", input });
  await engine.stop();
  return engine.dataDir;
}

describe("a data directory that is not whole", () => {
  async function spoilt() {
    const dataDir = await lived();
    const closed = (await readdir(dataDir)).filter((name) => /^events-\d+/.test(name)).sort();
    const run = (...argv: readonly string[]) => aios([...argv, "--data-dir", dataDir]);
    return { dataDir, closed, run, inside: (name: string) => path.join(dataDir, name) };
  }

  it("lacks a segment in the middle: which events are missing, what is there before them, and the way forward", async () => {
    const { closed, run, inside } = await spoilt();
    const [, second = "", third = ""] = closed;
    await rm(inside(second));
    const missing = { from: numberOf(second), through: numberOf(third) - 1 };
    const said = await run("journal", "verify");
    expect(said.code).toBe(1);
    expect(said.out).toContain(`events ${missing.from} to ${missing.through} are missing before it`);
    expect(said.out).toContain(`up to event ${missing.from - 1}.`);
    expect(said.out).toMatch(/Put the file back from a backup; or run `aios journal repair`/);
    expect((await run("journal", "verify", "--json")).json()).toMatchObject({
      code: "journal.gap",
      missing,
      lastSequence: missing.from - 1,
    });
    expect((await run("journal", "repair")).out).toContain(`kept   everything up to event ${missing.from - 1}`);
    expect((await run("journal", "verify")).code).toBe(0);
  });

  it("has a compressed segment that cannot be read: that is said, and it is not taken for damaged", async () => {
    const { closed, run, inside, dataDir } = await spoilt();
    const [, second = ""] = closed;
    await rm(inside(second));
    // A directory is one to every user, also to one who may read all files.
    await mkdir(inside(`${second.replace(/\.gz$/, "")}.gz`));
    const before = await readdir(dataDir);
    for (const argv of [
      ["journal", "verify"],
      ["journal", "repair"],
    ])
      expect(await run(...argv)).toMatchObject({ code: 1, err: expect.stringMatching(/cannot read .*\.gz: EISDIR/) });
    expect(await readdir(dataDir)).toEqual(before);
  });

  it("lacks its first segments: named, with a way forward that leads somewhere, and no engine starts on nothing", async () => {
    const { dataDir, closed, run, inside } = await spoilt();
    const [first = "", second = ""] = closed;
    await rm(inside(first));
    for (const argv of [
      ["journal", "verify"],
      ["journal", "repair"],
    ]) {
      const { code, out, err } = await run(...argv);
      expect(code).toBe(1);
      expect(out + err).toContain(`events 1 to ${numberOf(second) - 1} are missing`);
      expect(out + err).toMatch(/`aios restore`.*with a checkpoint .*starts without them/);
    }
    await rm(inside("checkpoints"), { recursive: true });
    await expect(TestEngine.open({ dataDir })).rejects.toMatchObject({
      code: "checkpoint.missing",
      message: expect.stringMatching(/events 1 to \d+ are missing .*; there is no checkpoint/) as string,
    });
  });

  it("has a checkpoint of later events than its journal, and no anchors: shown, repaired, and started from what is there", async () => {
    const { dataDir, run, inside } = await spoilt();
    const lines = (await readFile(inside("events.jsonl"), "utf8")).trimEnd().split("\n");
    await writeFile(inside("events.jsonl"), `${lines.slice(0, -1).join("\n")}\n`);
    await rm(inside("anchors.jsonl"));
    const { out, code } = await run("journal", "verify");
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/checkpoint-\d+\.jsonl knows of event \d+: its end was cut off/),
    ]);
    const { repaired } = (await run("journal", "repair", "--json")).json() as {
      readonly repaired: { readonly setAside: readonly string[] };
    };
    expect(repaired.setAside).toEqual([expect.stringMatching(/checkpoint-\d+\.jsonl\.unused$/)]);
    expect((await run("journal", "verify")).code).toBe(0);
    const engine = await TestEngine.open({ dataDir, config: small });
    expect(engine.told("task.succeeded")).toHaveLength(3);
  });

  it("has the layout of a newer version: no backup is made of what is not known, in the words of the refused start", async () => {
    const { run, inside, dataDir } = await spoilt();
    await writeFile(inside("data.json"), '{"format":9}\n');
    const { code, err } = await run("backup", path.join(path.dirname(dataDir), "backup.tar.gz"));
    expect([code, err]).toEqual([1, expect.stringMatching(/layout 9; this version knows up to 1\. Install the newer/)]);
  });

  it("has the layout of a newer version: nothing is repaired or written there, and the doctor says why no engine starts", async () => {
    const { run, inside, dataDir } = await spoilt();
    await writeFile(inside("data.json"), '{"format":9}\n');
    await writeFile(inside("events.jsonl"), "damaged\n");
    const before = await readdir(dataDir);
    for (const argv of [
      ["journal", "repair"],
      ["journal", "views"],
    ])
      expect(await run(...argv)).toMatchObject({ code: 1, err: expect.stringContaining("layout 9; this version") });
    expect(await readdir(dataDir)).toEqual(before);
    const { code, out } = await run("doctor");
    expect([code, out]).toEqual([1, expect.stringMatching(/fail +data directory +.* has layout 9; this version/)]);
  });
});

describe("a data directory of an older build", () => {
  it("whose journal was cut by retention opens from a checkpoint that knows nothing of later folds", async () => {
    const dataDir = path.join(await tempDir(), "data");
    await cp(path.join(fixtures, "format-2-trimmed"), dataDir, { recursive: true });
    const engine = await TestEngine.open({ dataDir });
    const { views, bus } = engine.engine.runtime;
    expect(views.agents.list().map(({ id, state }) => [id, state])).toEqual([
      ["coder", "idle"],
      ["writer", "idle"],
    ]);
    expect(views.tasks.list()).toMatchObject([{ agent: "coder", state: "succeeded", output: "x1" }]);
    expect(bus.states.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["evolution", "residents.book", "evolution-proposer"]),
    );
    await engine.agent("resident", ["cat"], { mode: "resident", output: "ndjson", restart: "permanent" });
    expect(await engine.run({ agent: "writer", input: "still here" })).toMatchObject({ state: "succeeded" });
    await engine.stop();
    // What the new folds learned meanwhile is in the next checkpoint.
    const [newest = ""] = (await readdir(path.join(dataDir, "checkpoints")))
      .filter((name) => /^checkpoint-\d+\.jsonl$/.test(name))
      .sort((a, b) => numberOf(b) - numberOf(a));
    expect(await readFile(path.join(dataDir, "checkpoints", newest), "utf8")).toMatch(
      /"fold":"residents.book".*"resident"/,
    );
    const again = await TestEngine.open({ dataDir });
    expect(again.engine.runtime.views.agents.list()).toHaveLength(3);
  });
});
