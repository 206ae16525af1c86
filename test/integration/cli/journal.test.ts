import { readFile, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import type { Repaired } from "../../../src/platform/journal/repair.ts";
import { aios } from "../../support/cli.ts";
import { TestEngine } from "../../support/engine.ts";
import { resealed } from "../../support/resealed.ts";
import { tempDir } from "../../support/temp-dir.ts";

let dataDir: string;
let file: string;

/** What an engine wrote that ran one task well and one badly, and ended. */
beforeEach(async () => {
  const engine = await TestEngine.open();
  await engine.agent("worker", ["sh", "-c", '[ "$(cat)" = good ] || exit 4'], { output: "text" });
  await engine.run({ agent: "worker", input: "good", retries: 0 });
  await engine.run({ agent: "worker", input: "bad", retries: 0 });
  await engine.stop();
  ({ dataDir } = engine);
  file = path.join(dataDir, "events.jsonl");
});

const journal = (...argv: string[]) => aios(["journal", ...argv, "--data-dir", dataDir]);
const linesOf = async () => (await readFile(file, "utf8")).trimEnd().split("\n");
const parsed = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { sequence: number; id: string; time: string; type: string });

describe("aios journal verify", () => {
  it("finds every line in order, with the engine stopped and with it running", async () => {
    const lines = (await linesOf()).length;
    expect((await journal("verify", "--json")).json()).toMatchObject({ ok: true, file, lines, lastSequence: lines });
    await TestEngine.open({ dataDir });
    const running = await journal("verify");
    expect([running.code, running.out]).toEqual([0, expect.stringContaining("lines fit")]);
  });

  it("names file, line and reason of the first line that was changed, and leaves it as it is", async () => {
    const lines = await linesOf();
    lines[4] = lines[4]?.replace('"info"', '"debug"') ?? "";
    const edited = `${lines.join("\n")}\n`;
    await writeFile(file, edited);
    const { code, out } = await journal("verify");
    expect(code).toBe(1);
    expect(out).toContain(`${file}, line 5 (byte `);
    expect(out).toContain("the seal does not fit");
    expect((await journal("verify", "--json")).json()).toMatchObject({ ok: false, line: 5, torn: false });
    expect(await readFile(file, "utf8")).toBe(edited);
  });

  it("names a removed line by the one that does not follow, and a torn end as torn", async () => {
    const lines = await linesOf();
    await writeFile(file, `${lines.filter((_, index) => index !== 2).join("\n")}\n`);
    expect((await journal("verify", "--json")).json()).toMatchObject({ ok: false, line: 3 });
    await writeFile(file, `${lines.join("\n")}\n`);
    await truncate(file, (await readFile(file)).length - 10);
    expect((await journal("verify", "--json")).json()).toMatchObject({ ok: false, line: lines.length, torn: true });
  });

  it("wants the key that the journal is sealed with", async () => {
    const keyed = await TestEngine.open({ config: { journal: { key: "a key that is long enough" } } });
    await keyed.stop();
    const verify = (env: Record<string, string>) => aios(["journal", "verify", "--data-dir", keyed.dataDir], { env });
    expect((await verify({})).code).toBe(1);
    expect((await verify({ AIOS_JOURNAL_KEY: "a key that is long enough" })).code).toBe(0);
  });

  it("verifies nothing where there is no event, and says so", async () => {
    const empty = path.join(await tempDir(), "copy.jsonl");
    await writeFile(empty, "");
    const { code, out, err } = await aios(["journal", "verify", empty]);
    expect([code, out, err]).toEqual([1, "", expect.stringContaining("holds no event: there is nothing to verify")]);
  });

  it("says where it looked when there is no journal", async () => {
    const { code, err } = await aios(["journal", "verify", "--data-dir", path.join(await tempDir(), "none")]);
    expect([code, err]).toEqual([1, expect.stringMatching(/There is no journal .*none.events\.jsonl/)]);
  });
});

describe("aios journal repair", () => {
  it("keeps what fits, sets the whole file aside, says what is lost, and an engine starts again", async () => {
    const lines = await linesOf();
    const damaged = lines.map((line, index) =>
      index === 7 ? line.replace('"info"', '"debug"').replace("engine", "intruder") : line,
    );
    const bytes = `${damaged.join("\n")}\n`;
    await writeFile(file, bytes);
    const { code, json } = await journal("repair", "--json");
    const { repaired } = json() as { repaired: Repaired };
    expect(code).toBe(0);
    expect(repaired).toMatchObject({
      lastSequence: 7,
      lost: { legible: lines.length - 7, illegible: 0, from: 8, through: lines.length },
      reason: expect.stringContaining("line 8"),
    });
    expect(repaired.setAside[0]).toMatch(/events\.jsonl\.set-aside-/);
    expect(await readFile(repaired.setAside[0] ?? "", "utf8")).toBe(bytes);
    expect((await linesOf()).slice(0, 7)).toEqual(lines.slice(0, 7));
    expect((await journal("verify")).code).toBe(0);
    const again = await TestEngine.open({ dataDir });
    expect(again.told("journal.repaired")[0]?.data).toMatchObject({ lostFrom: 8, lostThrough: lines.length });
    expect(again.engine.runtime.views.agents.list().map(({ id }) => id)).toEqual(["worker"]);
  });

  it("accepts a journal whose end was cut off, and keeps the anchors that knew of it", async () => {
    const lines = await linesOf();
    await writeFile(file, `${lines.slice(0, -3).join("\n")}\n`);
    expect((await journal("verify", "--json")).json()).toMatchObject({
      ok: false,
      code: "journal.anchors",
      missing: { through: lines.length },
      advice: expect.stringContaining("`aios journal repair` accepts the journal as it is"),
    });
    const { repaired } = (await journal("repair", "--json")).json() as { repaired: Repaired };
    const gone = { from: lines.length - 2, through: lines.length };
    expect(repaired).toMatchObject({ lastSequence: lines.length - 3, lost: { bytes: 0 }, missing: gone });
    expect(repaired.setAside).toEqual([
      expect.stringMatching(/anchors\.jsonl\.set-aside-/),
      expect.stringMatching(/checkpoint-\d+\.jsonl\.unused$/),
    ]);
    expect((await journal("verify")).code).toBe(0);
  });

  it("accepts a journal that was sealed anew, and an engine starts on it without the checkpoint of what it was", async () => {
    const text = await readFile(file, "utf8");
    await writeFile(
      file,
      resealed(text, (body) => body.replace('"severity":"info"', '"severity":"debug"'), undefined),
    );
    await expect(TestEngine.open({ dataDir })).rejects.toMatchObject({ code: "journal.anchors" });
    const { repaired } = (await journal("repair", "--json")).json() as { repaired: Repaired };
    expect(repaired.setAside).toEqual([expect.stringMatching(/anchors\.jsonl\.set-aside-/)]);
    const again = await TestEngine.open({ dataDir });
    expect(again.told("journal.repaired")).toHaveLength(1);
    await again.stop();
    expect((await journal("verify")).code).toBe(0);
  });

  it("changes nothing where everything fits, and refuses while an engine runs or the key is another", async () => {
    const before = await readFile(file, "utf8");
    expect((await journal("repair")).out).toContain("nothing was changed");
    expect(await readFile(file, "utf8")).toBe(before);
    const other = await aios(["journal", "repair", "--data-dir", dataDir], {
      env: { AIOS_JOURNAL_KEY: "a key that it was not sealed with" },
    });
    expect([other.code, other.err]).toEqual([1, expect.stringContaining("without a key")]);
    await TestEngine.open({ dataDir });
    const { code, err } = await journal("repair");
    expect([code, err]).toEqual([1, expect.stringContaining("process")]);
  });
});

describe("aios journal replay", () => {
  it("prints the chosen events with the ids, numbers and times they have", async () => {
    const stored = parsed(await readFile(file, "utf8"));
    const wanted = stored.filter(({ type, sequence }) => type.startsWith("task.") && sequence >= 8 && sequence <= 20);
    const { code, out } = await journal("replay", "--from", "8", "--to", "20", "--type", "task.*");
    expect(code).toBe(0);
    expect(wanted.length).toBeGreaterThan(3);
    expect(parsed(out)).toEqual(wanted.map((event) => ({ ...event, seal: undefined, commit: undefined })));
  });

  it("feeds a sandbox that says what the engine said, and touches nothing", async () => {
    const before = await readFile(file, "utf8");
    const { code, json } = await journal("replay", "--sandbox", "--json");
    expect(code).toBe(0);
    expect(json()).toMatchObject({
      events: before.trimEnd().split("\n").length,
      score: { score: null, counts: { tsr: 2 } },
      agents: [{ id: "worker", tasks: { succeeded: 1, failed: 1, cancelled: 0 } }],
      tasks: { succeeded: 1, dead: 1 },
      runs: [],
    });
    expect(await readFile(file, "utf8")).toBe(before);
    const early = await journal("replay", "--sandbox", "--to", "2", "--json");
    expect(early.json()).toMatchObject({ events: 2, lastSequence: 2, agents: [] });
    expect((await journal("replay", "--sandbox")).out).toContain("1 succeeded, 1 dead");
  });

  it("prints what comes before a bad line, names it, and exits with 1", async () => {
    const lines = await linesOf();
    await writeFile(
      file,
      `${[...lines.slice(0, 3), lines[3]?.replace("engine", "intruder"), ...lines.slice(4)].join("\n")}\n`,
    );
    const { code, out, err } = await journal("replay");
    expect(parsed(out).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect([code, err]).toEqual([1, expect.stringContaining(`${file}, line 4: the seal does not fit`)]);
  });

  it("refuses a range that ends before it begins", async () => {
    const { code, err } = await journal("replay", "--from", "9", "--to", "3");
    expect([code, err]).toEqual([2, expect.stringContaining("--to 3 comes before --from 9")]);
  });
});

describe("aios journal views and stats", () => {
  it("rebuilds both views whole, and the same again from the same journal", async () => {
    const built = async () => {
      expect((await journal("views")).code).toBe(0);
      return Promise.all(
        ["agent_tasks.jsonl", "playbook_executions.jsonl"].map((name) => readFile(path.join(dataDir, name), "utf8")),
      );
    };
    const [tasks = "", executions] = await built();
    const [header, ...rows] = tasks
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(header).toEqual({ view: "agent_tasks", format: 1 });
    expect(rows.map(({ what, state }) => [what, state])).toEqual([
      ["started", undefined],
      ["ended", "succeeded"],
      ["started", undefined],
      ["attempt_failed", undefined],
      ["ended", "dead"],
    ]);
    await writeFile(path.join(dataDir, "agent_tasks.jsonl"), "edited by hand");
    expect(await built()).toEqual([tasks, executions]);
  });

  it("leaves the views as they were when the journal does not fit", async () => {
    await journal("views");
    const before = await readFile(path.join(dataDir, "agent_tasks.jsonl"), "utf8");
    const names = await nodeFiles.list(dataDir);
    await writeFile(file, (await readFile(file, "utf8")).replace('"succeeded"', '"forgotten"'));
    await writeFile(file, (await readFile(file, "utf8")).replaceAll("worker", "worked"));
    expect((await journal("views")).code).toBe(1);
    expect(await readFile(path.join(dataDir, "agent_tasks.jsonl"), "utf8")).toBe(before);
    expect(await nodeFiles.list(dataDir)).toEqual(names);
  });

  it("counts the events by type, severity and principal", async () => {
    const { json } = await journal("stats", "--json");
    expect(json()).toMatchObject({
      file,
      types: { "task.submitted": 2, "task.succeeded": 1, "task.attempt_failed": 1, "journal.opened": 1 },
      principals: { library: 3 },
    });
    expect((await journal("stats")).out).toMatch(/2 {2}task\.submitted/);
  });
});
