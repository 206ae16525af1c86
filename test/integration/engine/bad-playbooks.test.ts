import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { aios } from "../../support/cli.ts";
import { TestEngine } from "../../support/engine.ts";
import { tempDir } from "../../support/temp-dir.ts";

const fine = {
  trigger: { event_type: "build.broken", conditions: { path: "event.data.x", eq: 1 } },
  actions: [{ type: "notify", params: { text: "x" } }],
  validation: { check: "none" },
  grants: ["notify:log"],
  tests: [{ event: { type: "build.broken", data: { x: 1 } }, expect: "match" }],
};
const on = (conditions: object) => ({ trigger: { event_type: "build.broken", conditions }, tests: [] });
const publishing = (from: string, to: string) => ({
  trigger: { event_type: from },
  actions: [{ type: "emit_event", params: { event_type: to } }],
  grants: [`event.emit:${to}`],
  tests: [],
});

/** Every mistake by its file: what the playbook has instead, and what is said of it, with its JSON path. */
const bad: Readonly<Record<string, readonly [more: object, path: string, says: string]>> = {
  everything: [{ trigger: { event_type: "**" }, tests: [] }, "trigger", "it matches everything: name an event type"],
  anything: [{ trigger: {}, tests: [] }, "trigger.event_type", "name the event type that begins it"],
  nothing: [{ actions: [] }, "actions", "it does nothing: name at least one action"],
  no_actions: [{ actions: undefined }, "actions", "it does nothing: name at least one action"],
  itself: [{ next: "itself" }, "next", "names itself: name a firmer playbook, or leave it out"],
  ring_a: [{ next: "ring_b" }, "next", "leads back to itself (ring_a → ring_b → ring_a): leave out one"],
  ring_b: [{ next: "ring_a" }, "next", "leads back to itself (ring_b → ring_a → ring_b): leave out one"],
  echo: [publishing("my.echo", "my.echo"), "actions[0]", "calls for this playbook again: publish another type"],
  ping: [publishing("my.ping", "my.pong"), "actions[0]", "leads back here (ping → pong → ping): publish another type"],
  pong: [publishing("my.pong", "my.ping"), "actions[0]", "leads back here (pong → ping → pong): publish another type"],
  undeclared: [{ grants: ["exec:git"] }, "grants", 'needs "notify:log": add it, or a pattern that covers it'],
  no_grant: [{ grants: ["root:all"] }, "grants[0]", "known are process.signal"],
  bomb: [on({ path: "event.data.x", regex: "^(a+)+$" }), "trigger.conditions.regex", "repeats a repeat: write a+"],
  huge: [on({ path: "event.data.x", regex: "((a{1,1000}){1,1000}){1,1000}" }), "trigger.conditions.regex", "too large"],
  operator: [on({ path: "event.data.x", equals: 1 }), "trigger.conditions.equals", "unknown operator"],
  twice: [{ id: "good" }, "id", '"good" is also the id of'],
  bom: [{}, "", "begins with a byte order mark: save it as UTF-8 without one"],
  failing: [
    { tests: [{ event: { type: "build.broken", data: { x: 2 } }, expect: "match" }] },
    "tests[0]",
    "expects match, but it does not match: event.data.x equals 1: saw 2",
  ],
};

async function folderOf(names: readonly string[]): Promise<string> {
  const folder = path.join(await tempDir(), "playbooks");
  await mkdir(folder);
  await writeFile(path.join(folder, "good.json"), JSON.stringify({ id: "good", ...fine }));
  for (const name of names) {
    const text = JSON.stringify({ id: name, ...fine, ...bad[name]?.[0] });
    await writeFile(path.join(folder, `${name}.json`), name === "bom" ? `\uFEFF${text}` : text);
  }
  return folder;
}

const names = Object.keys(bad);
/** As reports name them: those of a second file under one id and of one that cannot be read by their file alone. */
const expected = names.map((name) => ({ name, path: bad[name]?.[1], says: bad[name]?.[2] ?? "" }));

describe("playbooks that are wrong, each in its way, beside one that is right", () => {
  it("are refused by lint with file, place and advice, and the one that is right is said to be valid", async () => {
    const folder = await folderOf(names);
    const { code, json } = await aios(["playbook", "lint", folder, "--json"], { env: {}, cwd: path.dirname(folder) });
    expect(code).toBe(1);
    const { files } = json() as {
      readonly files: readonly { readonly file: string; readonly ok: boolean; readonly faults?: readonly object[] }[];
    };
    expect(files.filter(({ ok }) => ok).map(({ file }) => path.basename(file))).toEqual(["good.json"]);
    for (const { name, path: at, says } of expected) {
      const told = files.find(({ file }) => path.basename(file) === `${name}.json`);
      expect(told?.faults, name).toContainEqual(
        expect.objectContaining({ path: at, message: expect.stringContaining(says) as string }),
      );
    }
  });

  it("are refused at the start with file, place and advice, and the one that is right is loaded", async () => {
    const test = await TestEngine.open({ playbookFolders: [await folderOf(names)] });
    const { loaded, refused } = (await test.until("playbook.loaded")).data;
    expect(loaded.map(({ id }) => id)).toEqual(["good"]);
    expect(refused).toHaveLength(names.length);
    for (const { name, path: at = "", says } of expected) {
      const reason = refused.find(({ file }) => file.endsWith(`/${name}.json`))?.reason ?? "";
      expect(reason, name).toContain(says);
      expect(reason.startsWith(at), `${name}: ${reason}`).toBe(true);
    }
    await test.engine.publish({ type: "build.broken", data: { x: 1 } });
    expect((await test.until("playbook.matched")).data.playbookId).toBe("good");
  });

  it("leave what was in force in force when they appear while the engine runs, and say which file is wrong and why", async () => {
    const folder = await folderOf([]);
    const test = await TestEngine.open({ playbookFolders: [folder], config: { reactor: { reloadMs: 3_600_000 } } });
    const { ruleKeeper, remedies } = test.engine.runtime;
    await cp(await folderOf(names), folder, { recursive: true });
    const { outcome, refused } = await ruleKeeper.reload();
    expect(outcome).toBe("kept");
    expect(refused.map(({ file }) => path.basename(file, ".json")).sort()).toEqual([...names].sort());
    await test.until("playbook.reload_refused", ({ data }) => data.refused.length === names.length);
    expect(remedies.rules.rules.map(({ playbook }) => playbook.id)).toEqual(["good"]);
    for (const name of names) await rm(path.join(folder, `${name}.json`));
    await writeFile(path.join(folder, "better.json"), JSON.stringify({ id: "better", ...fine }));
    expect(await ruleKeeper.reload()).toMatchObject({ outcome: "adopted", changed: ["better"], refused: [] });
    expect(ruleKeeper.refused).toEqual([]);
  });
});
