import path from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import { aios, listeningEngine } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

const playbooks = path.resolve("playbooks");
const hot = {
  type: "resource.high",
  data: { scope: "agent", agentId: "a", resource: "cpu", value: 99, threshold: 80 },
};
const notifying = {
  id: "tell",
  title: "Tell somebody",
  trigger: { event_type: "build.failed" },
  target: { kind: "host", id: "local" },
  actions: [{ type: "notify", params: { text: "a build failed" } }],
  validation: { check: "none", settleMs: 0 },
  grants: ["notify:log"],
};
/** Restarts an agent that the sensors find too busy. */
const restarting = {
  id: "restart",
  title: "Restart it",
  trigger: { event_type: "resource.high", conditions: [{ path: "event.data.scope", eq: "agent" }] },
  target: { kind: "agent", id: { $ref: "event.data.agentId" } },
  actions: [{ type: "restart_agent", params: { target: { $ref: "event.data.agentId" } } }],
  validation: { check: "agent_healthy", params: { target: { $ref: "event.data.agentId" } } },
  grants: ["process.signal:own"],
  tests: [{ event: hot, expect: "match" }],
};

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempDir();
  for (const [name, text] of Object.entries(files)) {
    await nodeFiles.makeDirectory(path.dirname(path.join(folder, name)));
    await nodeFiles.write(path.join(folder, name), text);
  }
  return folder;
}

describe("aios playbook lint", () => {
  it("finds the playbooks that come with the engine valid, and says what they may do", async () => {
    const { code, out } = await aios(["playbook", "lint", playbooks]);
    expect(code).toBe(0);
    expect(out).toMatch(/agent_runaway_restart\.json: valid/);
    expect(out).toMatch(/may do +restart_agent \(low\)/);
    const told = (await aios(["playbook", "lint", playbooks, "--json"])).json();
    const { files } = told as { files: { id: string; tests: number; notes: string[] }[] };
    expect(told).toMatchObject({ ok: true });
    expect(files.find(({ id }) => id === "cpu_high_kill_idle")?.notes).toContainEqual(
      expect.stringContaining("carries no tests"),
    );
    expect(files.find(({ id }) => id === "agent_runaway_restart")?.tests).toBeGreaterThan(0);
  });

  it("says what is wrong, at which line, and exits with 1", async () => {
    const bad = { ...notifying, actions: [{ type: "notfiy", params: { text: "x" } }] };
    const cwd = await folderWith({
      "bad.json": JSON.stringify(bad, null, 2),
      "broken.json": '{\n  "id": "x",\n}',
      "good.json": JSON.stringify(notifying),
      "good.tests.json": '[{ "event": { "type": "build.failed" }, "expect": "no_match" }]',
    });
    const { code, out } = await aios(["playbook", "lint", "."], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(/^- \d+:\d+ actions\[0\]\.type: unknown action "notfiy"; did you mean "notify"\?$/m);
    expect(out).toMatch(/^- 3:1 not JSON: expected a member name/m);
    expect(out).toMatch(/tests\[0\]: expects no_match, but it does match/);
    const line =
      JSON.stringify(bad, null, 2)
        .split("\n")
        .findIndex((text) => text.includes("notfiy")) + 1;
    const json = (await aios(["playbook", "lint", "bad.json", "--json"], { cwd })).json();
    expect(json).toMatchObject({ ok: false, files: [{ ok: false, faults: [{ path: "actions[0].type", line }] }] });
  });

  it("takes two playbooks with one id for a mistake of the second", async () => {
    const text = JSON.stringify(notifying);
    const cwd = await folderWith({ "a.json": text, "b.json": text });
    const { out } = await aios(["playbook", "lint", "a.json", "b.json"], { cwd });
    expect(out).toMatch(/a\.json: valid/);
    expect(out).toMatch(/b\.json: refused\n- 1:\d+ id: "tell" is also the id of .*a\.json/);
  });

  it("judges the chain of a playbook by what stands beside it", async () => {
    const gentle = JSON.stringify({ ...notifying, id: "gentle", next: "firm" });
    const firm = JSON.stringify({ ...notifying, id: "firm" });
    const cwd = await folderWith({ "gentle.json": gentle, "firm.json": firm, "alone/gentle.json": gentle });
    const { code, out } = await aios(["playbook", "lint", "gentle.json"], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/if no help +firm/);
    expect(out).not.toContain("firm.json");
    const alone = await aios(["playbook", "lint", "alone/gentle.json"], { cwd });
    expect(alone.code).toBe(1);
    expect(alone.out).toMatch(/- 1:\d+ next: there is no playbook "firm"; add it, or leave this out/);
    for (const [dir, next] of [
      [".", "firm"],
      ["ops", undefined],
    ] as const) {
      await aios(["playbook", "new", "mine", "--from", "gentle.json", "--dir", dir], { cwd });
      const made = JSON.parse((await nodeFiles.readText(path.join(cwd, dir, "mine.json"))) ?? "null") as object;
      expect(made).toMatchObject({ id: "mine" });
      expect((made as { next?: string }).next).toBe(next);
    }
  });

  it("looks at what an engine would load where no file is named", async () => {
    const cwd = await folderWith({
      "aios.config.json": JSON.stringify({ reactor: { playbooks: ["mine", "playbooks"] } }),
      "mine/bad.json": JSON.stringify({ ...notifying, id: "bad", actions: [] }),
      "mine/good.json": JSON.stringify(notifying),
    });
    const told = await aios(["playbook", "lint", "--json"], { cwd });
    expect(told.code).toBe(1);
    const files = (told.json() as { files: { file: string; ok: boolean }[] }).files;
    expect(files.filter(({ ok }) => !ok).map(({ file }) => path.relative(cwd, file))).toEqual(["mine/bad.json"]);
    expect(files.length).toBeGreaterThan(20);
    const bare = await folderWith({});
    expect((await aios(["playbook", "lint"], { cwd: bare })).code).toBe(0);
    const tried = await aios(["playbook", "test"], { cwd });
    expect(tried.code).toBe(1);
    expect(tried.out).toMatch(/\n\d+ passed, 0 failed\n$/);
    const none = await folderWith({ "aios.config.json": JSON.stringify({ reactor: { playbooks: ["mine"] } }) });
    for (const command of ["lint", "test"]) {
      const { code, err } = await aios(["playbook", command], { cwd: none });
      expect(code).toBe(2);
      expect(err).toContain(`there is no playbook in ${path.join(none, "mine")}`);
    }
  });

  it("says which file there is not", async () => {
    const { code, err } = await aios(["playbook", "lint", "nowhere.json"], { cwd: "/tmp" });
    expect([code, err.split("\n", 1).join("")]).toEqual([2, "aios: there is no file /tmp/nowhere.json"]);
  });
});

describe("aios playbook", () => {
  it("lists what is loaded and what was refused, and switches a playbook off and on", async () => {
    const { ask, engine } = await listeningEngine({
      playbooks: [{ id: "x" }],
      playbookFolders: [playbooks],
    });
    const { out } = await ask(["playbook"]);
    expect(out).toMatch(/^cpu_high_kill_idle +yes +low +resource\.high +kill_process +no, asks +0 +not enough data$/m);
    expect(out).toMatch(/\nRefused\n- .*0\.json: /);
    expect((await ask(["playbook", "disable", "cpu_high_kill_idle"])).out).toMatch(/^enabled +no$/m);
    expect((await ask(["playbook", "enable", "cpu_high_kill_idle", "--json"])).json()).toMatchObject({ enabled: true });
    expect(engine.told("playbook.disabled")).toMatchObject([{ data: { by: "operator:first" } }]);
    expect((await ask(["playbook", "show", "cpu_high_kill_idle"])).out).toContain("\nDocument\n");
    expect((await ask(["playbook", "history", "cpu_high_kill_idle"])).out).toBe("No runs.\n");
    expect((await ask(["playbook", "history", "no_such"])).code).toBe(1);
  });

  it("explains an imagined event, one of the journal and one that was copied out of it", async () => {
    const { ask, engine } = await listeningEngine({ playbooks: [restarting, notifying] });
    await engine.agent("a", ["node", "-e", "0"]);
    const explained = await ask(["playbook", "explain", JSON.stringify(hot)]);
    expect(explained.out).toMatch(/restart matches\n {2}holds .*event\.data\.scope/);
    expect(explained.out).toMatch(/tell does not match\n {2}fails /);
    expect(explained.out).toContain("restart would be chosen.");
    const [event] = ((await ask(["events", "list", "--after", "0", "--json"])).json() as { items: object[] }).items;
    expect((await ask(["playbook", "explain", "1", "--json"])).json()).toMatchObject({ chosen: null });
    const copied = await ask(["playbook", "explain", "-", "--json"], { stdin: JSON.stringify(event) });
    expect(copied.json()).toMatchObject({ chosen: null });
    expect((await ask(["playbook", "explain", "99999"])).code).toBe(1);
    expect((await ask(["playbook", "explain", '{"tpye": "x"}'])).code).toBe(1);
  });

  it("rehearses a playbook without doing anything", async () => {
    const { ask, engine } = await listeningEngine({ playbooks: [restarting, notifying] });
    await engine.agent("a", ["node", "-e", "0"]);
    const { out } = await ask(["playbook", "dry-run", "restart", JSON.stringify(hot)]);
    expect(out).toMatch(/^verdict +it would act$/m);
    expect(out).toMatch(/^target +agent:a$/m);
    expect(out).toContain('"action": "restart_agent"');
    expect((await ask(["playbook", "dry-run", "restart", "1", "--json"])).json()).toMatchObject({
      verdict: "no_match",
    });
    expect(engine.told("playbook.matched")).toEqual([]);
    expect((await ask(["runs"])).out).toBe("No runs.\n");
  });
});

describe("aios playbook import", () => {
  const old = {
    playbooks: [
      { id: "a", trigger: { keywords: ["oops"] }, action: { type: "notify" } },
      { id: "a", trigger: { keywords: ["ouch"] }, action: { type: "notify" } },
      { id: "b", trigger: { keywords: [] }, action: { type: "notify" } },
    ],
  };
  const log = [{ type: "task_failed", timestamp: 0, payload: {} }, { type: "x" }].map((line) => JSON.stringify(line));

  it("writes what could be carried over, each in its place, and says what could not and why", async () => {
    const cwd = await folderWith({ "old.json": `\uFEFF${JSON.stringify(old)}`, "log.jsonl": [...log, "{"].join("\n") });
    const { code, json } = await aios(["playbook", "import", ".", "--out", "new", "--json"], { cwd });
    const told = json() as { files: { refused: { id: string }[]; mapped: { id: string }[]; events: number }[] };
    expect(code).toBe(0);
    expect(told.files.flatMap(({ refused }) => refused.map(({ id }) => id))).toEqual(["line 2", "line 3", "b"]);
    expect(told.files.flatMap(({ mapped }) => mapped.map(({ id }) => id))).toEqual(["a", "a_2"]);
    expect(await nodeFiles.list(path.join(cwd, "new"))).toEqual(["a.json", "a_2.json", "log.ndjson"]);
    expect((await aios(["playbook", "lint", "new"], { cwd })).code).toBe(0);
    const again = await aios(["playbook", "import", "old.json", "--out", "new"], { cwd });
    expect(again.out).toContain("a_3");
  });

  it("writes nothing where it is not told where to, and exits with 1 when nothing could be carried over", async () => {
    const cwd = await folderWith({ "old.json": JSON.stringify(old.playbooks[2]) });
    const { code, out } = await aios(["playbook", "import", "old.json"], { cwd });
    expect([code, await nodeFiles.list(cwd)]).toEqual([1, ["old.json"]]);
    expect(out).toMatch(/b refused: it has no keywords/);
  });
});

describe("aios playbook test", () => {
  const tests = [{ name: "a build", event: { type: "build.failed" }, expect: "match" }];

  it("tries the tests of playbooks and says how each went", async () => {
    const cwd = await folderWith({ "tell.json": JSON.stringify({ ...notifying, tests }) });
    const { code, out } = await aios(["playbook", "test", "tell.json"], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/tell\n +passed +a build \(match\)/);
    expect(out).toMatch(/1 passed, 0 failed/);
    expect((await aios(["playbook", "test", playbooks, "--json"])).json()).toMatchObject({ failed: 0 });
  });

  it("exits with 1 for a test that fails, saying what was seen, and for a playbook without tests", async () => {
    const wrong = [{ name: "a build", event: { type: "build.passed" }, expect: "match" }];
    const cwd = await folderWith({
      "tell.json": JSON.stringify({ ...notifying, tests: [...tests, ...wrong] }),
      "bare.json": JSON.stringify({ ...notifying, id: "bare" }),
    });
    const { code, out } = await aios(["playbook", "test", "tell.json", "bare.json"], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(/failed +"a build" expects match, but it does not match: event.type is build.passed/);
    expect(out).toMatch(/bare\n +carries no tests/);
    expect(out).toMatch(/1 passed, 1 failed/);
  });
});

describe("aios playbook new", () => {
  it("writes one that lint and test accept, switched off, and never over another", async () => {
    const cwd = await tempDir();
    const { code, out } = await aios(["playbook", "new", "mine"], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/mine\.json: valid/);
    const written = await nodeFiles.readText(path.join(cwd, "playbooks/mine.json"));
    expect(JSON.parse(written ?? "")).toMatchObject({ id: "mine", enabled: false });
    expect((await aios(["playbook", "test", "playbooks/mine.json"], { cwd })).code).toBe(0);
    // The engine would take this one playbook for all of them from now on, without a word.
    expect(out).toMatch(/instead of the playbooks of the package.*\["library", "playbooks"\]/);
    const second = await aios(["playbook", "new", "other"], { cwd });
    expect(second.out).not.toMatch(/of the package/);
    const again = await aios(["playbook", "new", "mine"], { cwd });
    expect(again.code).toBe(2);
    expect(again.err).toMatch(/exists; it was not touched/);
    expect(await nodeFiles.readText(path.join(cwd, "playbooks/mine.json"))).toBe(written);
  });

  it("begins from a playbook of the library or a file, and says when there is none", async () => {
    const cwd = await folderWith({ "tell.json": JSON.stringify(notifying) });
    expect((await aios(["playbook", "new", "a", "--from", "tell.json", "--dir", "ops"], { cwd })).code).toBe(0);
    expect(await nodeFiles.readText(path.join(cwd, "ops/a.json"))).toContain("a build failed");
    expect((await aios(["playbook", "new", "b", "--from", "agent_runaway_restart"], { cwd })).code).toBe(0);
    const none = await aios(["playbook", "new", "c", "--from", "nothing"], { cwd });
    expect(none.code).toBe(2);
    expect(none.err).toMatch(/there is no playbook "nothing"/);
    expect((await aios(["playbook", "new", "../up"], { cwd })).code).toBe(2);
  });
});

describe("aios playbook run and reload", () => {
  it("starts a playbook, waits for its outcome, and rehearses it", async () => {
    const folder = await folderWith({ "tell.json": JSON.stringify(notifying) });
    const { ask } = await listeningEngine({ playbookFolders: [folder] });
    const event = JSON.stringify({ type: "build.passed", data: {} });
    const rehearsed = await ask(["playbook", "run", "tell", event, "--dry-run", "--json"]);
    expect(rehearsed.json()).toMatchObject({ verdict: "would_act" });
    const { code, out } = await ask(["playbook", "run", "tell", event, "--wait"]);
    expect(code).toBe(1);
    expect(out).toMatch(/outcome +unverified/);
    expect(out).toMatch(/by +manual/);
    expect((await ask(["playbook", "run", "tell", event, "--parameters", "7"])).code).toBe(2);
  });

  it("adopts changed files, and keeps the old ones in force where one is bad", async () => {
    const folder = await folderWith({ "tell.json": JSON.stringify(notifying) });
    const { ask } = await listeningEngine({ playbookFolders: [folder] });
    await nodeFiles.write(path.join(folder, "more.json"), JSON.stringify({ ...notifying, id: "more" }));
    expect((await ask(["playbook", "reload", "--json"])).json()).toMatchObject({
      outcome: "adopted",
      changed: ["more"],
    });
    await nodeFiles.write(path.join(folder, "more.json"), "{");
    const { code, out } = await ask(["playbook", "reload"]);
    expect(code).toBe(1);
    expect(out).toMatch(/The old playbooks stay in force\.\n.*refused: .*more\.json/s);
    expect((await ask(["playbook", "show", "more"])).code).toBe(0);
  });
});
